"""``/v1/tts/generate``: speech over REST."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
import json

from aiohttp import web

from .errors import ApiError, Failure, invalid
from .faults import SPEECH_FAULTS, Fault
from .keys import credentials
from .meter import Slot
from .settings import Settings, check_voice, checked_text, merged
from .sound import Pace, Sound, left_of
from .strikes import Strike, Struck
from .world import World

NOT_HERE = frozenset({"word_timestamps", "speaker_prefix", "flush_timeout_ms", "max_buffer_length"})
ALLOWED = frozenset(Settings.__dataclass_fields__) - NOT_HERE | {"text", "model"}
CONTENT_TYPES = {
    "pcm_s16le": "audio/pcm",
    "mulaw": "audio/basic",
    "alaw": "audio/basic",
}
AI_GENERATED = {"X-KugelAudio-AI-Generated": "true"}


class Generate:
    """Speak over REST."""

    def __init__(self, world: World) -> None:
        """Keep the world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/tts/generate", self._generate),
            web.post("/predict", self._generate),
        ]

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        message = await _body(request)
        if unknown := message.keys() - ALLOWED:
            if self._world.profile.unknown_field_status == 422:
                raise ApiError(Failure.UNPROCESSABLE, f"unknown field {min(unknown)}")
            raise invalid(f"unknown field {min(unknown)}")
        if "model" in message:
            message.setdefault("model_id", message["model"])
        text = checked_text(message.get("text"), self._world)
        settings = merged(Settings(), message)
        check_voice(settings, self._world)
        generation = self._world.meter.generation(credentials(request).key)
        try:
            return await self._speak(request, settings, text, generation)
        finally:
            generation.release()

    async def _speak(self, request: web.Request, settings: Settings, text: str, generation: Slot) -> web.StreamResponse:
        struck = Struck(self._world.faults.take(SPEECH_FAULTS, request.path))
        sound = Sound(self._world, settings, left_of(text, struck))
        wrong = struck.find(Fault.WRONG_SAMPLE_RATE)
        rate = int(wrong.number("sample_rate", sound.rate / 2)) if wrong else sound.rate
        response = web.StreamResponse(
            headers={
                "Content-Type": CONTENT_TYPES[sound.encoding],
                "X-Sample-Rate": str(rate),
                "X-Audio-Format": sound.encoding,
                **AI_GENERATED,
            }
        )
        if self._world.profile.request_id_header:
            response.headers["X-Request-Id"] = request["request_id"]
        response.enable_chunked_encoding()
        with suppress(ConnectionError):
            await _stream(self._world, request, response, sound, struck, generation)
        return response


async def _stream(
    world: World,
    request: web.Request,
    response: web.StreamResponse,
    sound: Sound,
    struck: Struck,
    generation: Slot,
) -> None:
    pace = Pace()
    slow = struck.find(Fault.SLOW_FIRST_AUDIO)
    await pace.begin(world.profile, slow.number("delay_ms", 1000) if slow else 0)
    await response.prepare(request)
    waiting = bytearray()
    frames: Iterable[tuple[bytes, int]] = sound
    if struck.find(Fault.EMPTY_AUDIO):
        frames = ()
    truncated = struck.find(Fault.TRUNCATED)
    held: deque[bytes] = deque()
    keep_back = int(truncated.number("frames", 1)) if truncated else 0
    number = -1
    for number, (audio, samples) in enumerate(frames):
        await _strike(request, struck.due(number))
        await pace.frame(world.profile, samples / sound.rate)
        held.append(audio)
        if len(held) <= keep_back:
            continue
        waiting += held.popleft()
        odd = len(waiting) - 1 - len(waiting) % 2
        await _write(response, bytes(waiting[:odd]), struck.at(Fault.TRICKLE, number))
        del waiting[:odd]
    generation.release()
    await response.write(bytes(waiting[:-1] if struck.find(Fault.ODD_BYTES) else waiting))
    await _strike(request, struck.due(number + 1, ended=True))
    await response.write_eof()


async def _strike(request: web.Request, strikes: Iterable[Strike]) -> None:
    for strike in strikes:
        if strike.fault is Fault.DROP and request.transport:
            request.transport.abort()
            raise ConnectionAbortedError
        if strike.fault is Fault.SILENCE:
            await asyncio.sleep(strike.number("seconds", 3600))


async def _write(response: web.StreamResponse, data: bytes, trickle: Strike | None) -> None:
    size = int(trickle.number("size", 1)) if trickle else max(1, len(data))
    for start in range(0, len(data), size):
        await response.write(data[start : start + size])
        await asyncio.sleep(trickle.number("pause_ms", 0) / 1000 if trickle else 0)


async def _body(request: web.Request) -> dict[str, object]:
    try:
        message = json.loads(await request.text())
    except ValueError as error:
        raise ApiError(Failure.INVALID_JSON) from error
    if not isinstance(message, dict):
        raise ApiError(Failure.INVALID_JSON)
    return message
