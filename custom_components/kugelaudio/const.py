"""Names and limits that more than one module needs."""

import logging
from typing import Final

DOMAIN: Final = "kugelaudio"
LOGGER: Final = logging.getLogger(__package__)

SUBENTRY_VOICE: Final = "voice"

CONF_CHIME: Final = "chime"
CONF_CLEAN: Final = "clean"
CONF_CONNECTION: Final = "connection"
CONF_DICTIONARIES: Final = "dictionaries"
CONF_FALLBACK: Final = "fallback"
CONF_FORMAT: Final = "format"
CONF_GUIDANCE: Final = "guidance"
CONF_LANGUAGE: Final = "language"
CONF_LEAD_IN: Final = "lead_in_ms"
CONF_MARKS: Final = "marks"
CONF_MODEL: Final = "model"
CONF_NORMALIZE: Final = "normalize"
CONF_PARALLEL: Final = "parallel"
CONF_SPEED: Final = "speed"
CONF_TAIL: Final = "tail_ms"
CONF_TEMPERATURE: Final = "temperature"
CONF_VOICE: Final = "voice"

DASHBOARD_URL: Final = "https://www.kugelaudio.com/dashboard"
