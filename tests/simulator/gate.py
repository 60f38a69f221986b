"""What happens to every HTTP request before and after its endpoint."""

import asyncio
import json

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .clock import now
from .errors import ApiError, ErrorAnswer, Failure
from .faults import HTTP_FAULTS, Fault
from .journal import HttpCall
from .keys import KeyKind, credentials, public_query
from .pages import LOGIN_PATH, page
from .strikes import Strike
from .world import World

HEALTH = ("/health", "/ready", "/ready/tts")
PUBLIC_WITHOUT_MODELS = (LOGIN_PATH, "/health", "/ready", "/samples/", "/avatars/", "/_simulator")
PUBLIC = (*PUBLIC_WITHOUT_MODELS, "/v1/models")
SPEAKING = ("/v1/tts/generate", "/predict")
NOT_FOUND = ErrorAnswer(status=404, error_code="NOT_FOUND", message="Not found")
NOT_ALLOWED = ErrorAnswer(status=405, error_code=None, message="Method not allowed")


class Gate:
    """Check the key, inject faults, word errors and write the journal."""

    def __init__(self, world: World) -> None:
        """Keep the world and begin to count."""
        self._world = world
        self._count = 0

    def request_id(self) -> str:
        """Return a new request id."""
        self._count += 1
        return f"req_{self._count:08x}"

    def middleware(self) -> Middleware:
        """Return the middleware of the application."""

        @web.middleware
        async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(("/ws/", "/_simulator")):
                return await handler(request)
            request["request_id"] = self.request_id()
            response = await self._answer(request, handler)
            self.write(request, response.status, self._world.journal.calls)
            return response

        return pass_through

    def write(self, request: web.Request, status: int, calls: list[HttpCall]) -> None:
        """Record a request; status 0 says that it never got an answer."""
        calls.append(
            HttpCall(
                at=now(),
                method=request.method,
                path=request.path,
                query=public_query(request),
                auth=credentials(request).style,
                status=status,
                request_id=request["request_id"],
                user_agent=request.headers.get("User-Agent", ""),
                port=request.transport.get_extra_info("peername")[1] if request.transport else 0,
            )
        )
        self._world.journal.note()

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response: web.StreamResponse
        try:
            strikes = self._world.faults.take(HTTP_FAULTS, request.path)
            response = await self._faulty(request, handler, strikes)
        except ApiError as error:
            response = self.refusal(error.answer)
        except web.HTTPNotFound:
            response = self.refusal(NOT_FOUND)
        except web.HTTPMethodNotAllowed:
            response = self.refusal(NOT_ALLOWED)
        except web.HTTPForbidden:
            response = web.Response(status=403, text="Signature invalid")
        if not response.prepared:
            self.name(request, response)
        return response

    def name(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell the request's id in a header, if this provider does."""
        if self._world.profile.request_id_header:
            response.headers["X-Request-Id"] = request["request_id"]

    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        profile = self._world.profile
        public = PUBLIC if profile.public_models else PUBLIC_WITHOUT_MODELS
        if request.match_info.http_exception is None and not request.path.startswith(public):
            self._check_key(request)
        if not profile.health_endpoints and request.path in HEALTH:
            raise web.HTTPNotFound
        if not profile.dictionary_endpoints and request.path.startswith("/v1/dictionaries"):
            raise web.HTTPNotFound
        return await handler(request)

    def _check_key(self, request: web.Request) -> None:
        who = credentials(request)
        counts = not self._world.profile.bearer_only or "bearer" in who.styles
        kind = self._world.kind_of(who.key) if counts else None
        speaking = request.path in SPEAKING
        if kind in (None, KeyKind.REVOKED):
            if self._world.profile.http_auth_status == 403:
                raise ApiError(Failure.FORBIDDEN)
            raise ApiError(Failure.UNAUTHORIZED)
        if kind is KeyKind.PERMISSION_DENIED:
            raise ApiError(Failure.PERMISSION_DENIED)
        if kind is KeyKind.SPEECH_ONLY and not speaking:
            raise ApiError(Failure.PERMISSION_DENIED)
        if kind is KeyKind.NO_CREDITS and speaking:
            raise ApiError(Failure.INSUFFICIENT_CREDITS)

    def refusal(self, answer: ErrorAnswer) -> web.Response:
        """Return an error response in the style of the profile."""
        response = web.json_response(answer.body(self._world.profile.error_style), status=answer.status)
        if answer.retry_after is not None and self._world.profile.retry_after_header:
            response.headers["Retry-After"] = str(answer.retry_after)
        if answer.date is not None:
            response.headers["Date"] = answer.date
        return response

    async def _faulty(self, request: web.Request, handler: Handler, strikes: list[Strike]) -> web.StreamResponse:
        for strike in strikes:
            match strike.fault:
                case Fault.HTTP_SLOW:
                    await asyncio.sleep(strike.number("delay_ms", 1000) / 1000)
                case Fault.HTTP_HANG:
                    self.write(request, 0, self._world.journal.calls)
                    await asyncio.Event().wait()
                case Fault.HTTP_DROP if request.transport:
                    request.transport.abort()
                    return web.Response()
                case _:
                    return await self._instead(request, handler, strike)
        return await self._checked(request, handler)

    async def _instead(self, request: web.Request, handler: Handler, strike: Strike) -> web.StreamResponse:
        if strike.fault is Fault.HTTP_ERROR:
            return self.refusal(ErrorAnswer.from_parameters(strike.parameters))
        if strike.fault is Fault.HTTP_WRONG_CONTENT_TYPE:
            response = await self._checked(request, handler)
            response.content_type = "text/html"
            return response
        return _broken(strike)


def _broken(strike: Strike) -> web.Response:
    match strike.fault:
        case Fault.HTTP_HTML | Fault.HTTP_REDIRECT:
            return page(strike)
        case Fault.HTTP_PLAIN:
            status = int(strike.number("status", 500))
            text = str(strike.parameters.get("text", "upstream connect error"))
            content_type = "text/plain"
        case Fault.HTTP_TRUNCATED_JSON:
            status, text, content_type = 200, '{"voices": [{"id": 10', "application/json"
        case Fault.HTTP_NOT_OBJECT:
            status, text, content_type = 200, "[1, 2, 3]", "application/json"
        case _:
            status = int(strike.number("status", 200))
            text, content_type = "", "application/json"
    return web.Response(status=status, text=text, content_type=content_type)


def as_json(value: object) -> web.Response:
    """Return a JSON response of anything, unknown types as text."""
    return web.json_response(value, dumps=lambda data: json.dumps(data, default=str))
