"""The KugelAudio client: catalogue, usage and speech of one account."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
import json
from typing import Final
from urllib.parse import quote

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from yarl import URL

from . import reading
from .context import speak_context
from .contexts import ContextSockets
from .deadline import Deadline
from .error_mapping import error_from_body, error_from_connecting, error_from_redirect, is_redirect
from .errors import (
    ConnectionLostError,
    ConnectTimedOutError,
    EmptyAudioError,
    NotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    ProtocolError,
    SilentServerError,
    TimedOutError,
)
from .handshake import CONNECT_LIMIT_S
from .metrics import GenerationMetrics
from .models import (
    AccountUsage,
    Dictionary,
    Model,
    Voice,
    VoicePage,
    VoiceSettings,
    dictionaries_from_json,
    models_from_json,
)
from .pcm import Samples
from .pool import ConnectionPolicy, ConnectionPool, PathStatus
from .speak import SILENCE_LIMIT_S, speak
from .stream import Turn, speak_turn
from .turn_end import TurnEnds
from .upgrade import Upgrades

_PAGE_LENGTH: Final = 100
_MAX_PAGES: Final = 100
_TIMEOUT: Final = ClientTimeout(total=15.0, connect=10.0)
# A connection that is left open for the next request may be dead by then, and a new handshake costs nobody anything.
_NOT_KEPT: Final = {"Connection": "close"}
_ERROR: Final = 400
_GENERATE: Final = "v1/tts/generate"
_AUDIO: Final = "audio/pcm"
_PIECE_BYTES: Final = 8192


class KugelAudioClient:
    """One account on one endpoint. The session is the caller's; the key travels in a header only."""

    def __init__(
        self, session: ClientSession, api_key: str, url: str, warmth: ConnectionPolicy = ConnectionPolicy.AFTER_USE
    ) -> None:
        """Keep what is needed to ask; nothing is sent yet."""
        self.url = url
        self._session = session
        self._api_key = api_key
        self._url = URL(url)
        # What no header can carry is no key: the server refuses the request without one.
        key = api_key if api_key.isascii() and api_key.isprintable() else None
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._pool = ConnectionPool(Upgrades(session, self._url, key, self.check_key), warmth)
        self._context_sockets = ContextSockets(self._pool)
        self._turn_ends = TurnEnds()

    def at(self, url: str) -> KugelAudioClient:
        """Return a client of the same account on another endpoint; it opens no connection before it is asked to."""
        return KugelAudioClient(self._session, self._api_key, url, ConnectionPolicy.OFF)

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, int] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        limits: ClientTimeout | None = None,
    ) -> AsyncIterator[ClientResponse]:
        """Send one request; the only place that knows HTTP. Raises the client's own errors; follows no redirect."""
        try:
            async with self._session.request(
                method,
                self._url.joinpath(path, encoded=True),
                params=query,
                json=body,
                headers={**self._headers, **(headers or {})},
                timeout=limits or _TIMEOUT,
                allow_redirects=False,
            ) as response:
                if is_redirect(response.status):
                    raise error_from_redirect(response.status, response.headers, self._url)
                if response.status >= _ERROR:
                    raise error_from_body(
                        _decode(await response.read()),
                        response.status,
                        request_id=response.headers.get("x-request-id"),
                        retry_after=response.headers.get("Retry-After"),
                        answered_at=response.headers.get("Date"),
                        has_text=body is not None,
                    )
                yield response
        # No cause is kept: aiohttp's errors hold the request's headers, and so the key.
        except ConnectionTimeoutError:
            raise ConnectTimedOutError from None
        except TimeoutError:
            raise TimedOutError from None
        except ClientConnectorError as err:
            raise error_from_connecting(err) from None
        except ClientError:
            raise ConnectionLostError from None

    async def _get[Answer](
        self, path: str, read: Callable[[object], Answer | None], query: Mapping[str, int] | None = None
    ) -> Answer:
        """Return what is read of the answer to a GET; raises NotKugelAudioError when nothing is."""
        async with self._request("GET", path, query=query, headers=_NOT_KEPT) as response:
            answer = _decode(await response.read())
            request_id = response.headers.get("x-request-id") or reading.request_id_of(answer)
        if (found := read(answer)) is None:
            raise NotKugelAudioError(request_id=request_id)
        return found

    async def check_key(self) -> None:
        """Raise AuthenticationError if the key is refused; the cheapest request that proves one."""
        await self._get("v1/voices", _any, {"limit": 1})

    async def voices(self) -> tuple[Voice, ...]:
        """Return the whole catalogue of public and own voices, all pages, each voice once."""
        found: dict[str, Voice] = {}
        offset = 0
        for _ in range(_MAX_PAGES):
            page = await self._get("v1/voices", VoicePage.from_json, {"limit": _PAGE_LENGTH, "offset": offset})
            known = len(found)
            found.update((voice.id, voice) for voice in page.voices)
            offset += page.length
            # A server that knows no pages sends the same one again.
            if len(found) == known or (page.length < _PAGE_LENGTH if page.total is None else offset >= page.total):
                break
        return tuple(found.values())

    async def voice(self, voice_id: str) -> Voice:
        """Return one voice by its id or handle, with a fresh sample URL; raises NotFoundError."""
        return await self._get(f"v1/voices/{quote(voice_id, safe='', errors='replace')}", Voice.from_json)

    async def models(self) -> tuple[Model, ...]:
        """Return the models that are deployed on this endpoint."""
        return await self._get("v1/models", models_from_json)

    async def dictionaries(self) -> tuple[Dictionary, ...]:
        """Return the pronunciation dictionaries of the key's project, inactive ones too."""
        return await self._get("v1/dictionaries", dictionaries_from_json)

    async def usage(self) -> AccountUsage | None:
        """Return the account's usage, or None where the server offers none."""
        return await self._optional_usage("v1/usage")

    async def usage_history(self) -> AccountUsage | None:
        """Return the account's past usage, or None where the server offers none."""
        return await self._optional_usage("v1/usage/history")

    async def _optional_usage(self, path: str) -> AccountUsage | None:
        """Ask for usage; the route is announced, but not part of the server's own specification."""
        try:
            return AccountUsage.from_json(await self._get(path, _any))
        except NotFoundError, NotKugelAudioError, PermissionDeniedError:
            return None

    def keep_warm(self, path: str) -> None:
        """Hold a connection of an endpoint open from now on, in the background."""
        self._pool.keep(path)

    def warm_up(self, path: str) -> None:
        """Open a connection of an endpoint, if none is, for what is about to be spoken."""
        self._pool.warm_up(path)

    def connections(self) -> tuple[PathStatus, ...]:
        """Return the state of the WebSockets of every endpoint that was used."""
        return self._pool.status()

    @property
    def open_connections(self) -> int:
        """Return how many WebSockets are open."""
        return self._pool.open_count

    @property
    def connections_refused_at(self) -> int | None:
        """Return how many WebSockets were open when the server refused one more the last time; None: never."""
        return self._pool.refused_at

    def limit_connections(self, most: int | None) -> None:
        """Open no more WebSockets than this in the background, and close idle ones for those that are needed."""
        self._pool.most_open = most

    def speak(
        self, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
    ) -> AsyncGenerator[bytes]:
        """Speak a whole text over `/ws/tts`, on a warm socket if there is one; yields PCM of whole samples."""
        return speak(self._pool, text, settings, metrics, deadline)

    def speak_turn(
        self, turn: Turn, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
    ) -> AsyncGenerator[bytes]:
        """Speak what there is of a text, until it pauses, over `/ws/tts/stream`; yields PCM of whole samples.

        An empty piece says that the server has accepted the text.
        """
        return speak_turn(self._pool, turn, settings, metrics, deadline, ends=self._turn_ends)

    def speak_context(
        self, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
    ) -> AsyncGenerator[bytes]:
        """Speak a whole text over `/ws/tts/multi`, beside others on one socket; yields PCM of whole samples."""
        return speak_context(self._context_sockets, text, settings, metrics, deadline)

    async def generate(
        self, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
    ) -> AsyncGenerator[bytes]:
        """Speak a whole text over REST; yields PCM of whole samples as it arrives. Reports no usage."""
        body = {"text": text, **settings.as_json(), **settings.dictionaries_as_json()}
        samples = Samples()
        metrics.endpoint = _GENERATE
        left_s = deadline.left_s
        limits = ClientTimeout(total=None, connect=min(CONNECT_LIMIT_S, left_s), sock_read=max(SILENCE_LIMIT_S, left_s))
        async with self._request("POST", _GENERATE, body=body, limits=limits) as response:
            metrics.connected()
            if response.content_type != _AUDIO:
                raise NotKugelAudioError
            if response.headers.get("X-Sample-Rate") not in {None, str(settings.sample_rate)}:
                raise ProtocolError("UNEXPECTED_SAMPLE_RATE")
            async with aclosing(_pieces(response, metrics, deadline)) as pieces:
                async for piece in pieces:
                    if whole := samples.take(piece):
                        yield metrics.heard(whole)
            if samples.has_half:
                raise ConnectionLostError("ODD_BYTE_COUNT")
            if not metrics.audio_bytes:
                raise EmptyAudioError

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


async def _pieces(response: ClientResponse, metrics: GenerationMetrics, deadline: Deadline) -> AsyncGenerator[bytes]:
    """Yield the body as it arrives; raises SilentServerError."""
    try:
        while True:
            async with asyncio.timeout(SILENCE_LIMIT_S if metrics.audio_bytes else deadline.left_s):
                piece = await response.content.read(_PIECE_BYTES)
            if not piece:
                return
            yield piece
    except TimeoutError:
        raise SilentServerError from None


def _decode(body: bytes) -> object:
    """Return the JSON value of a body, None when it is none."""
    try:
        return json.loads(body)
    except ValueError, RecursionError:
        return None


def _any(answer: object) -> object | None:
    """Read an answer of which nothing is needed but that it is JSON."""
    return answer
