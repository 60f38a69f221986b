"""The action `announce`: a message is spoken once, and played by every player and satellite that is to hear it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import aclosing, nullcontext
from typing import Any, Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    ATTR_MEDIA_EXTRA,
    SERVICE_PLAY_MEDIA,
    MediaType,
)
from homeassistant.components.tts import ATTR_PREFERRED_FORMAT, ResultStream
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
import probatio

from ..const import CONF_CHIME, CONF_FORMAT, CONF_MARKS, LOGGER
from ..exceptions import failure
from ..sound.chimes import NO_CHIME
from ..speech.record import UtteranceObserver, observed
from ..text import without_marks, without_tags
from ..voices.settings import FORMATS
from .call import FIELDS, SpokenCall, spoken_call
from .results import SpeechResult, TargetResult
from .targets import Target, find_targets

_EXTRA: Final = "extra"
_PREANNOUNCE: Final = "preannounce"
# A target may take as long as the message lasts at a slow pace, and five minutes more.
_PATIENCE_S: Final = 300.0
_PATIENCE_PER_CHARACTER_S: Final = 0.1
_ACTIONS: Final = {True: (Platform.ASSIST_SATELLITE, "announce"), False: (Platform.MEDIA_PLAYER, SERVICE_PLAY_MEDIA)}

SCHEMA: Final = probatio.Schema(
    {
        **FIELDS,
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(CONF_FORMAT): probatio.In(FORMATS),
        probatio.Optional(_EXTRA, default=dict): dict,
        probatio.Optional(_PREANNOUNCE): cv.boolean,
    }
)


class Announcer:
    """Announces for a whole home."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing announced."""
        self._hass = hass
        # A satellite refuses an announcement while it plays another one.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def announce(self, call: ServiceCall) -> ServiceResponse:
        """Announce a message; raises HomeAssistantError if nobody has heard it."""
        wish = {ATTR_PREFERRED_FORMAT: call.data[CONF_FORMAT]} if CONF_FORMAT in call.data else {}
        spoken = await spoken_call(call, wish)
        targets = find_targets(self._hass, call.data)
        results = {target.entity_id: TargetResult.prevented(target.problem) for target in targets if target.problem}
        able = [target for target in targets if not target.problem]
        if not able:
            raise _unheard(results)
        observer = UtteranceObserver()
        # All targets play this one stream: it is made once, whether Home Assistant keeps it or not.
        stream, media_content_id = spoken.create_stream(), spoken.media_content_id
        with observed(observer):
            stream.async_set_message(spoken.message)
        patience_s = _PATIENCE_S + _PATIENCE_PER_CHARACTER_S * len(spoken.message)
        failed, played = await asyncio.gather(
            _failure_of(stream, patience_s),
            asyncio.gather(
                *(self._play(call, target, _order(call, target, spoken, stream), patience_s) for target in able)
            ),
        )
        speech = SpeechResult(observer, failed)
        results |= {target.entity_id: result for target, result in zip(able, played, strict=True)}
        _check(speech, results)
        return {
            "targets": {entity_id: result.as_json() for entity_id, result in results.items()},
            "speech": speech.as_json(),
            "media_content_id": media_content_id,
        }

    async def _play(self, call: ServiceCall, target: Target, order: dict[str, Any], patience_s: float) -> TargetResult:
        """Have a target play, and wait until it says that it does; satellites say so at the end."""
        domain, action = _ACTIONS[target.is_satellite]
        turn = self._turns[target.entity_id] if target.is_satellite else nullcontext()
        try:
            async with asyncio.timeout(patience_s), turn:
                await self._hass.services.async_call(domain, action, order, blocking=True, context=call.context)
        except TimeoutError:
            return TargetResult.failed(failure("target_timed_out"))
        except Exception as err:  # noqa: BLE001 - whatever a target raises, the others go on
            return TargetResult.failed(err)
        return TargetResult("played")


def _order(call: ServiceCall, target: Target, spoken: SpokenCall, stream: ResultStream) -> dict[str, Any]:
    """Return what a target is told to play."""
    if target.is_satellite:
        # Its display shows the message.
        return {
            ATTR_ENTITY_ID: target.entity_id,
            "message": _words(spoken),
            "media_id": stream.media_source_id,
            _PREANNOUNCE: call.data.get(_PREANNOUNCE, spoken.option(CONF_CHIME) == NO_CHIME),
        }
    return {
        ATTR_ENTITY_ID: target.entity_id,
        ATTR_MEDIA_CONTENT_ID: stream.media_source_id,
        ATTR_MEDIA_CONTENT_TYPE: MediaType.MUSIC,
        ATTR_MEDIA_ANNOUNCE: True,
        ATTR_MEDIA_EXTRA: call.data[_EXTRA],
    }


def _words(spoken: SpokenCall) -> str:
    """Return a message as it is to be read."""
    return without_tags(without_marks(spoken.message) if spoken.option(CONF_MARKS) else spoken.message)


async def _failure_of(stream: ResultStream, patience_s: float) -> HomeAssistantError | None:
    """Return what speech has failed with once it is over."""
    try:
        async with asyncio.timeout(patience_s), aclosing(stream.async_stream_result()) as audio:
            async for _ in audio:
                pass
    except HomeAssistantError as err:
        return err
    except Exception as err:  # noqa: BLE001 - Home Assistant passes on whatever its converter raises
        return failure("conversion_failed", format=stream.extension, details=type(err).__name__)
    return None


def _check(speech: SpeechResult, results: Mapping[str, TargetResult]) -> None:
    """Raise what kept everybody from hearing it; the log tells what kept some of them from it."""
    if speech.failure is not None and speech.result == "failed":
        raise speech.failure
    errors = {entity_id: result.error for entity_id, result in results.items() if result.error}
    if len(errors) == len(results):
        raise _unheard(results)
    for entity_id, error in errors.items():
        LOGGER.warning("Announcement was not played by %s: %s", entity_id, error)


def _unheard(results: Mapping[str, TargetResult]) -> HomeAssistantError:
    """Return what says of every target why it did not play."""
    reasons = "; ".join(f"{entity_id}: {result.error}" for entity_id, result in results.items())
    return failure("announcement_unheard", reasons=reasons)
