"""The provider's lists and its health, over HTTP."""

from base64 import b64decode

from aiohttp import web

from .dictionaries import DICTIONARIES, entry_listing, listing
from .errors import ApiError, Failure, invalid
from .pages import LOGIN_PATH, login_page
from .profile import Envelope, Profile
from .synthesis import SpeechRequest, wav
from .voices import VOICES, Voice, find_voice, model_listing, signature
from .world import World

SAMPLE_RATE = 24_000
OTHER_IDS = frozenset({"voice_id", "handle", "public_id"})
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==")


class Rest:
    """Answer all HTTP endpoints but the one that speaks."""

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

    async def _models(self, request: web.Request) -> web.Response:
        return self._success(request, model_listing(self._world.profile.models), "models")

    def _success(self, request: web.Request, body: dict[str, object], items: str | None = None) -> web.Response:
        """Return a body as it is or in an envelope; the list that it is all about may be the data itself."""
        envelope = self._world.profile.envelope
        if envelope is Envelope.NONE:
            return web.json_response(body)
        data = body[items] if items and envelope is Envelope.LIST else body
        return web.json_response({"data": data, "meta": {"request_id": request["request_id"]}})

    async def _voices(self, request: web.Request) -> web.Response:
        profile = self._world.profile
        found = [voice for voice in VOICES if voice.id not in self._world.withdrawn]
        if profile.honour_language:
            if language := request.query.get("language"):
                found = [voice for voice in found if language in voice.languages]
            if category := request.query.get("category"):
                found = [voice for voice in found if voice.category == category]
            if request.query.get("include_public") == "false":
                found = [voice for voice in found if not voice.is_public]
        base_url = _base_url(request)
        if not profile.paging:
            return self._success(request, {"voices": [_told(voice, base_url, profile) for voice in found]}, "voices")
        limit = _bounded(request.query.get("limit", "20"), "limit", 1, 100)
        offset = _bounded(request.query.get("offset", "0"), "offset", 0, 2**31)
        page = [_told(voice, base_url, profile) for voice in found[offset : offset + limit]]
        body: dict[str, object] = {"voices": page, "total": len(found), "limit": limit, "offset": offset}
        return self._success(request, body, "voices")

    async def _voice(self, request: web.Request) -> web.Response:
        reference, profile = request.match_info["voice"], self._world.profile
        voice = None if profile.numeric_voice_ids and not reference.isdecimal() else find_voice(reference)
        if voice is None or voice.id in self._world.withdrawn:
            raise ApiError(Failure.VOICE_NOT_FOUND)
        detail = voice.detail(_base_url(request), unknown_enums=profile.unknown_enums)
        return self._success(request, _without_other_ids(detail, profile))

    async def _usage(self, request: web.Request) -> web.Response:
        if not self._world.profile.usage_endpoint:
            raise web.HTTPNotFound
        usage: dict[str, object] = {
            "minutes_used": 12.5,
            "minutes_included": 60,
            "minutes_remaining": 47.5,
            "overage_minutes": 0,
        }
        if request.path.endswith("/history"):
            return self._success(request, {"history": [{"day": "2026-11-01", **usage}]}, "history")
        return self._success(request, usage)

    async def _dictionaries(self, request: web.Request) -> web.Response:
        return self._success(request, listing(), "dictionaries")

    async def _entries(self, request: web.Request) -> web.Response:
        dictionary_id = int(request.match_info["dictionary"])
        if dictionary_id not in {dictionary.id for dictionary in DICTIONARIES}:
            raise ApiError(Failure.VOICE_NOT_FOUND, "Dictionary not found")
        search = request.query.get("search", "")
        return self._success(request, entry_listing(dictionary_id, search), "entries")

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


def _told(voice: Voice, base_url: str, profile: Profile) -> dict[str, object]:
    return _without_other_ids(voice.as_dict(base_url, unknown_enums=profile.unknown_enums), profile)


def _without_other_ids(told: dict[str, object], profile: Profile) -> dict[str, object]:
    if not profile.numeric_voice_ids:
        return told
    return {name: value for name, value in told.items() if name not in OTHER_IDS}
