"""Names and limits that more than one module needs."""

import logging
from typing import Final

DOMAIN: Final = "kugelaudio"
LOGGER: Final = logging.getLogger(__package__)

SUBENTRY_VOICE: Final = "voice"

CONF_CHIME: Final = "chime"
CONF_CHIME_AFTER: Final = "chime_after"
CONF_CHIME_FOR_ANSWERS: Final = "chime_for_answers"
CONF_CLEAN: Final = "clean"
CONF_CONNECTION: Final = "connection"
CONF_DEFAULT_VOICE: Final = "default_voice"
CONF_DICTIONARIES: Final = "dictionaries"
CONF_FALLBACK: Final = "fallback"
CONF_FALLBACK_AFTER: Final = "fallback_after_s"
CONF_FORMAT: Final = "format"
CONF_FORMER_VOICES: Final = "former_voices"
CONF_GAIN: Final = "gain_db"
CONF_GUIDANCE: Final = "guidance"
CONF_LANGUAGE: Final = "language"
CONF_LANGUAGE_BY_SERVER: Final = "language_by_server"
CONF_LEAD_IN: Final = "lead_in_ms"
CONF_LOUDNESS: Final = "loudness"
CONF_MARKS: Final = "marks"
CONF_MAX_NEW_TOKENS: Final = "max_new_tokens"
CONF_MODEL: Final = "model"
CONF_NORMALIZE: Final = "normalize"
CONF_PARALLEL: Final = "parallel"
CONF_SPEAKER_PREFIX: Final = "speaker_prefix"
CONF_SPEED: Final = "speed"
CONF_TAIL: Final = "tail_ms"
CONF_TEMPERATURE: Final = "temperature"
CONF_VOICE: Final = "voice"

# Longer than anybody listens: an hour of speech.
LONGEST_MESSAGE: Final = 50_000

DASHBOARD_URL: Final = "https://www.kugelaudio.com/dashboard"
