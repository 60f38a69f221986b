"""What can be told of an account to find out what is wrong: numbers, times and codes, no key, no name, no text."""

from collections import Counter
from dataclasses import asdict
import platform
from typing import Any

import aiohttp
from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_URL, __version__ as home_assistant_version
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.loader import async_get_integration

from .api.endpoint import region_of
from .api.errors import KugelAudioError, status_by_kind
from .const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_DICTIONARIES,
    CONF_FALLBACK,
    CONF_FORMER_VOICES,
    CONF_PARALLEL,
    CONF_VOICE,
    DOMAIN,
    SUBENTRY_VOICE,
)
from .runtime import AccountRuntime, KugelAudioConfigEntry
from .sound.chimes import CHIMES, NO_CHIME
from .speech.record import UtteranceRecord
from .speech.slots import AUTOMATIC
from .voices.catalogue import NOTHING_KNOWN, Catalogue
from .voices.dictionaries import ACTIVE


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> dict[str, Any]:
    """Return what is known of an account; of one that is not loaded, how it is set."""
    integration = await async_get_integration(hass, DOMAIN)
    running = entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
    catalogue = running.account.catalogue if running else NOTHING_KNOWN
    return {
        "versions": {
            "integration": str(integration.version),
            "home_assistant": home_assistant_version,
            "aiohttp": aiohttp.__version__,
            "python": platform.python_version(),
        },
        "account": {
            "state": entry.state.value,
            "reason": entry.error_reason_translation_key,
            "region": region_of(entry.data[CONF_URL]),
            "options": dict(entry.options),
        },
        "voices": {
            subentry.subentry_id: _voice(hass, subentry, catalogue)
            for subentry in entry.get_subentries_of_type(SUBENTRY_VOICE)
        },
        **(_at_run_time(hass, running) if running else {}),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: KugelAudioConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return what is known of the account; from a voice's device, of its voices only this one."""
    known = await async_get_config_entry_diagnostics(hass, entry)
    ids = {identifier for _, identifier in device.identifiers}
    if not ids & entry.subentries.keys():
        return known
    return {
        **known,
        "voices": {voice: settings for voice, settings in known["voices"].items() if voice in ids},
        "utterances": [utterance for utterance in known.get("utterances", []) if utterance["voice"] in ids],
    }


def _voice(hass: HomeAssistant, subentry: ConfigSubentry, catalogue: Catalogue) -> dict[str, Any]:
    """Return the settings of a voice; its id only if everybody knows that voice, no file names, lists as numbers."""
    voice = next((voice for voice in catalogue.voices if voice.id == subentry.data[CONF_VOICE]), None)
    is_public = voice is not None and not voice.is_own
    chimes = {name: subentry.data.get(name, NO_CHIME) for name in (CONF_CHIME, CONF_CHIME_AFTER)}
    dictionaries = subentry.data.get(CONF_DICTIONARIES, ACTIVE)
    return {
        **subentry.data,
        CONF_VOICE: subentry.data[CONF_VOICE] if is_public else REDACTED,
        CONF_FALLBACK: _platform_of(hass, subentry.data.get(CONF_FALLBACK)),
        **{name: chime if chime in {NO_CHIME, *CHIMES} else REDACTED for name, chime in chimes.items()},
        CONF_DICTIONARIES: ACTIVE if dictionaries == ACTIVE else len(dictionaries),
        CONF_FORMER_VOICES: len(subentry.data.get(CONF_FORMER_VOICES, ())),
    }


def _platform_of(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """Return the integration of an engine: its own name may be that of a person."""
    if entity_id is None:
        return None
    entity = er.async_get(hass).async_get(entity_id)
    return entity.platform if entity else REDACTED


def _at_run_time(hass: HomeAssistant, running: AccountRuntime) -> dict[str, Any]:
    """Return how a loaded account is doing."""
    account, issues, coordinator = running.account, running.issues, running.coordinator
    return {
        "catalogue": _catalogue(account.catalogue),
        "refresh": {
            "works": coordinator.last_update_success,
            "last_worked_at": issues.refreshed_at,
            "last_error": _error(coordinator.last_exception),
            "failed_lists": {name.value: error.code for name, error in coordinator.listing.failures.items()},
        },
        "speech": {
            "last_worked_at": issues.spoke_at,
            "limit": account.entry.options.get(CONF_PARALLEL, AUTOMATIC),
            "learned": asdict(account.slots.learned),
            "allowed_now": account.slots.now_allowed,
            "avoids_websockets": account.dispatcher.avoids_websockets,
        },
        "connections": [asdict(status) for status in account.client.connections()],
        "errors": dict(account.history.codes),
        "utterances": [_utterance(hass, record) for record in account.history.utterances],
    }


def _catalogue(catalogue: Catalogue) -> dict[str, Any]:
    """Return the numbers of voices and dictionaries; a voice that speaks several languages counts for each."""
    languages = Counter(language for voice in catalogue.voices for language in voice.languages)
    return {
        "voices": len(catalogue.voices),
        "own_voices": sum(voice.is_own for voice in catalogue.voices),
        "voices_by_language": dict(sorted(languages.items())),
        "models": [model.id for model in catalogue.models],
        "dictionaries": len(catalogue.dictionaries),
        "active_dictionaries": sum(dictionary.is_active for dictionary in catalogue.dictionaries),
    }


def _error(error: BaseException | None) -> dict[str, Any] | None:
    """Return what identifies the failure of a refresh."""
    if error is None:
        return None
    cause = error.__cause__
    if not isinstance(cause, KugelAudioError):
        return {"kind": type(error).__name__}
    return {
        "kind": type(cause).__name__,
        "code": cause.code,
        "request_id": cause.request_id,
        **status_by_kind(cause.status),
    }


def _utterance(hass: HomeAssistant, record: UtteranceRecord) -> dict[str, Any]:
    """Return an utterance, its times to a tenth of a millisecond."""
    return {
        "asked_at": record.asked_at,
        "voice": record.voice,
        "outcome": record.outcome,
        "endpoint": record.endpoint,
        "characters": record.characters,
        "audio_s": _rounded(record.audio_s, 3),
        "real_time_factor": _rounded(record.real_time_factor, 3),
        "duration_ms": _rounded(record.duration_ms),
        "ttfa_ms": _rounded(record.ttfa_ms),
        "queue_ms": _rounded(record.queue_ms),
        "connect_ms": _rounded(record.connect_ms),
        "server_ms": _rounded(record.server_ms),
        "delivery_ms": _rounded(record.delivery_ms),
        "retries": record.retries,
        "listeners": record.listeners,
        "error": record.error,
        "code": record.code,
        "request_id": record.request_id,
        "spoken_by": _platform_of(hass, record.spoken_by),
        **status_by_kind(record.status),
    }


def _rounded(number: float | None, digits: int = 1) -> float | None:
    return None if number is None else round(number, digits)
