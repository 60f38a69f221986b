"""The provider's HTTP endpoints."""

import asyncio
from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress
import json

from aiohttp import web

from .dictionaries import DICTIONARIES, entry_listing, listing
from .errors import ApiError, Failure, invalid
from .faults import SPEECH_FAULTS, Fault, Strike, Struck
from .pages import LOGIN_PATH, login_page
from .settings import Settings, checked_text, merged
from .sound import Pace, Sound
from .synthesis import SpeechRequest, wav
from .voices import VOICES, find_voice, model_listing, signature
from .world import World

NOT_HERE = frozenset({"word_timestamps", "speaker_prefix", "flush_timeout_ms", "max_buffer_length"})
ALLOWED = frozenset(Settings.__dataclass_fields__) - NOT_HERE | {"text", "model"}
CONTENT_TYPES = {
    "pcm_s16le": "audio/pcm",
    "mulaw": "audio/basic",
    "alaw": "audio/basic",
}
AI_GENERATED = {"X-KugelAudio-AI-Generated": "true"}
SAMPLE_RATE = 24_000
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==")


class Rest:
    """Answer the HTTP endpoints."""

    def __init__(self, world: World) -> None:
        """Keep the world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(LOGIN_PATH, self._login),
            web.get("/health", self._health),
            web.get("/ready", self._ready),
            web.get("/ready/tts", self._ready),
            web.get("/v1/models", self._models),
            web.get("/v1/voices", self._voices),
            web.get("/v1/voices/{voice}", self._voice),
            web.get("/v1/usage", self._usage),
            web.get("/v1/usage/history", self._usage),
            web.get("/v1/dictionaries", self._dictionaries),
            web.get("/v1/dictionaries/{dictionary:\\d+}/entries", self._entries),
            web.post("/v1/tts/generate", self._generate),
            web.post("/predict", self._generate),
            web.get("/samples/{voice:\\d+}.wav", self._sample),
            web.get("/avatars/{voice:\\d+}.png", self._avatar),
        ]

    async def _login(self, _request: web.Request) -> web.Response:
        return login_page()

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "healthy"})

    async def _ready(self, _request: web.Request) -> web.Response:
        draining = self._world.draining
        ready = {
            "status": "not_ready" if draining else "ready",
            "model_path": "kugel-3.5",
            "multi_model": True,
        }
        return web.json_response(ready, status=503 if draining else 200)

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response(model_listing())

    async def _voices(self, request: web.Request) -> web.Response:
        limit = _bounded(request.query.get("limit", "20"), "limit", 1, 100)
        offset = _bounded(request.query.get("offset", "0"), "offset", 0, 2**31)
        profile = self._world.profile
        found = [voice for voice in VOICES if voice.id not in self._world.withdrawn]
        if profile.honour_language:
            if language := request.query.get("language"):
                found = [voice for voice in found if language in voice.languages]
            if category := request.query.get("category"):
                found = [voice for voice in found if voice.category == category]
            if request.query.get("include_public") == "false":
                found = [voice for voice in found if not voice.is_public]
        page = [
            voice.as_dict(_base_url(request), unknown_enums=profile.unknown_enums)
            for voice in found[offset : offset + limit]
        ]
        return web.json_response({"voices": page, "total": len(found), "limit": limit, "offset": offset})

    async def _voice(self, request: web.Request) -> web.Response:
        voice = find_voice(request.match_info["voice"])
        if voice is None or voice.id in self._world.withdrawn:
            raise ApiError(Failure.VOICE_NOT_FOUND)
        known = self._world.profile.unknown_enums
        return web.json_response(voice.detail(_base_url(request), unknown_enums=known))

    async def _usage(self, request: web.Request) -> web.Response:
        if not self._world.profile.usage_endpoint:
            raise web.HTTPNotFound
        usage = {
            "minutes_used": 12.5,
            "minutes_included": 60,
            "minutes_remaining": 47.5,
            "overage_minutes": 0,
        }
        if request.path.endswith("/history"):
            return web.json_response({"history": [{"day": "2026-11-01", **usage}]})
        return web.json_response(usage)

    async def _dictionaries(self, _request: web.Request) -> web.Response:
        return web.json_response(listing())

    async def _entries(self, request: web.Request) -> web.Response:
        dictionary_id = int(request.match_info["dictionary"])
        if dictionary_id not in {dictionary.id for dictionary in DICTIONARIES}:
            raise ApiError(Failure.VOICE_NOT_FOUND, "Dictionary not found")
        search = request.query.get("search", "")
        return web.json_response(entry_listing(dictionary_id, search))

    async def _sample(self, request: web.Request) -> web.Response:
        voice = find_voice(request.match_info["voice"])
        expires = request.query.get("expires", "")
        if voice is None or not voice.has_sample:
            raise web.HTTPNotFound
        if request.query.get("signature") != signature(voice.id, expires):
            raise web.HTTPForbidden
        speech = SpeechRequest(
            text=voice.sample_text,
            voice=voice,
            language=voice.language,
            sample_rate=SAMPLE_RATE,
        )
        pcm = b"".join(self._world.synthesizer.pieces(speech))
        return web.Response(body=wav(pcm, SAMPLE_RATE), content_type="audio/wav")

    async def _avatar(self, request: web.Request) -> web.Response:
        voice = find_voice(request.match_info["voice"])
        if voice is None or not voice.has_avatar:
            raise web.HTTPNotFound
        return web.Response(body=PIXEL, content_type="image/png")

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        message = await _body(request)
        if unknown := message.keys() - ALLOWED:
            raise invalid(f"unknown field {min(unknown)}")
        if "model" in message:
            message.setdefault("model_id", message["model"])
        text = checked_text(message.get("text"), self._world.profile)
        settings = merged(Settings(), message)
        settings.voice(self._world.withdrawn)
        struck = Struck(self._world.faults.take(SPEECH_FAULTS, request.path))
        sound = Sound(self._world, settings, text)
        wrong = struck.find(Fault.WRONG_SAMPLE_RATE)
        rate = int(wrong.number("sample_rate", sound.rate / 2)) if wrong else sound.rate
        response = web.StreamResponse(
            headers={
                "Content-Type": CONTENT_TYPES[sound.encoding],
                "X-Sample-Rate": str(rate),
                "X-Audio-Format": sound.encoding,
                "X-Request-Id": request["request_id"],
                **AI_GENERATED,
            }
        )
        response.enable_chunked_encoding()
        with suppress(ConnectionError):
            await _stream(self._world, request, response, sound, struck)
        return response


async def _stream(
    world: World,
    request: web.Request,
    response: web.StreamResponse,
    sound: Sound,
    struck: Struck,
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
    number = -1
    for number, (audio, samples) in enumerate(frames):
        await _strike(request, struck.due(number))
        await pace.frame(world.profile, samples / sound.rate)
        waiting += audio
        odd = len(waiting) - 1 - len(waiting) % 2
        if truncated and number:
            continue
        await _write(response, bytes(waiting[:odd]), struck.at(Fault.TRICKLE, number))
        del waiting[:odd]
    if not truncated:
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


def _bounded(value: str, name: str, low: int, high: int) -> int:
    try:
        number = int(value)
    except ValueError as error:
        raise invalid(f"{name} must be an integer") from error
    if not low <= number <= high:
        raise invalid(f"{name} must be between {low} and {high}")
    return number


def _base_url(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
