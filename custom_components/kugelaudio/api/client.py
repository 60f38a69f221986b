"""The KugelAudio client: catalogue, usage and speech of one account."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
import json
from typing import Final
from urllib.parse import quote

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from .connection import CONNECT_TIMEOUT_S
from .contexts import MAX_CONTEXTS, ContextSockets
from .dialogue import Line, dialogue
from .error_mapping import error_from_body, error_from_connecting
from .errors import (
    ConnectionLostError,
    EmptyAudioError,
    NotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    ProtocolError,
    SilentServerError,
    TimedOutError,
)
from .feed import TextFeed
from .metrics import SpeechMetrics
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
from .pool import ConnectionPolicy, ConnectionPool, PathStatus
from .speak import SILENCE_LIMIT_S, speak
from .stream import stream

_PAGE_LENGTH: Final = 100
_MAX_PAGES: Final = 100
_TIMEOUT: Final = ClientTimeout(total=15.0, connect=CONNECT_TIMEOUT_S)
_STREAM_TIMEOUT: Final = ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S, sock_read=SILENCE_LIMIT_S)
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
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key.isascii() and api_key.isprintable() else {}
        self._pool = ConnectionPool(session, self._url, self._headers, warmth)
        self._context_sockets = ContextSockets(self._pool)

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
        limits: ClientTimeout | None = None,
    ) -> AsyncIterator[ClientResponse]:
        """Send one request; the only place that knows HTTP. Raises the client's own errors."""
        try:
            async with self._session.request(
                method,
                self._url.joinpath(path, encoded=True),
                params=query,
                json=body,
                headers=self._headers,
                timeout=limits or _TIMEOUT,
            ) as response:
                if response.status >= _ERROR:
                    raise error_from_body(
                        _decode(await response.read()),
                        response.status,
                        request_id=response.headers.get("x-request-id"),
                        retry_after=response.headers.get("Retry-After"),
                    )
                yield response
        # No cause is kept: aiohttp's errors hold the request's headers, and so the key.
        except TimeoutError:
            raise TimedOutError from None
        except ClientConnectorError as err:
            raise error_from_connecting(err) from None
        except ClientError:
            raise ConnectionLostError from None

    async def _get(self, path: str, query: Mapping[str, int] | None = None) -> object:
        """Return the decoded answer of a GET; raises NotKugelAudioError when it is no JSON."""
        async with self._request("GET", path, query=query) as response:
            answer = _decode(await response.read())
        if answer is None:
            raise NotKugelAudioError
        return answer

    async def check_key(self) -> None:
        """Raise AuthenticationError if the key is refused; the cheapest request that proves one."""
        await self._get("v1/voices", {"limit": 1})

    async def voices(self) -> tuple[Voice, ...]:
        """Return the whole catalogue of public and own voices, all pages, each voice once."""
        found: dict[str, Voice] = {}
        offset = 0
        for _ in range(_MAX_PAGES):
            page = VoicePage.from_json(await self._get("v1/voices", {"limit": _PAGE_LENGTH, "offset": offset}))
            if page is None:
                raise NotKugelAudioError
            found.update((voice.id, voice) for voice in page.voices)
            offset += page.length
            if page.length == 0 or offset >= page.total:
                break
        return tuple(found.values())

    async def voice(self, voice_id: str) -> Voice:
        """Return one voice by its id or handle, with a fresh sample URL; raises NotFoundError."""
        voice = Voice.from_json(await self._get(f"v1/voices/{quote(voice_id, safe='', errors='replace')}"))
        if voice is None:
            raise NotKugelAudioError
        return voice

    async def models(self) -> tuple[Model, ...]:
        """Return the models that are deployed on this endpoint."""
        models = models_from_json(await self._get("v1/models"))
        if models is None:
            raise NotKugelAudioError
        return models

    async def dictionaries(self) -> tuple[Dictionary, ...]:
        """Return the pronunciation dictionaries of the key's project, inactive ones too."""
        dictionaries = dictionaries_from_json(await self._get("v1/dictionaries"))
        if dictionaries is None:
            raise NotKugelAudioError
        return dictionaries

    async def usage(self) -> AccountUsage | None:
        """Return the account's usage, or None where the server offers none."""
        return await self._optional_usage("v1/usage")

    async def usage_history(self) -> AccountUsage | None:
        """Return the account's past usage, or None where the server offers none."""
        return await self._optional_usage("v1/usage/history")

    async def _optional_usage(self, path: str) -> AccountUsage | None:
        """Ask for usage; the route is announced, but not part of the server's own specification."""
        try:
            return AccountUsage.from_json(await self._get(path))
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

    def speak(self, text: str, settings: VoiceSettings, metrics: SpeechMetrics) -> AsyncGenerator[bytes]:
        """Speak a whole text over `/ws/tts`, on a warm socket if there is one; yields PCM of whole samples."""
        return speak(self._pool, text, settings, metrics)

    def stream(self, feed: TextFeed, settings: VoiceSettings, metrics: SpeechMetrics) -> AsyncGenerator[bytes]:
        """Speak a growing text over `/ws/tts/stream`; yields PCM of whole samples."""
        return stream(self._pool, feed, settings, metrics)

    def dialogue(
        self, lines: Sequence[Line], metrics: SpeechMetrics, at_once: int = MAX_CONTEXTS
    ) -> AsyncGenerator[bytes]:
        """Speak lines with a voice each over `/ws/tts/multi`, one after the other; yields PCM of whole samples.

        Up to `at_once` lines are made at the same time.
        """
        return dialogue(self._context_sockets, lines, metrics, at_once)

    async def generate(self, text: str, settings: VoiceSettings, metrics: SpeechMetrics) -> AsyncGenerator[bytes]:
        """Speak a whole text over REST; yields PCM of whole samples as it arrives. Reports no usage."""
        metrics.endpoint = _GENERATE
        body = {"text": text, **settings.as_json(), **settings.dictionaries_as_json()}
        async with self._request("POST", _GENERATE, body=body, limits=_STREAM_TIMEOUT) as response:
            metrics.connected()
            heard_before = metrics.audio_bytes
            if response.content_type != _AUDIO:
                raise NotKugelAudioError
            if response.headers.get("X-Sample-Rate") not in {None, str(settings.sample_rate)}:
                raise ProtocolError("UNEXPECTED_SAMPLE_RATE")
            half = b""
            async with aclosing(_pieces(response)) as pieces:
                async for piece in pieces:
                    data = half + piece
                    whole = len(data) & ~1
                    half = data[whole:]
                    if whole:
                        yield metrics.heard(data[:whole])
            if half:
                raise ConnectionLostError("ODD_BYTE_COUNT")
            if metrics.audio_bytes == heard_before:
                raise EmptyAudioError

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


async def _pieces(response: ClientResponse) -> AsyncGenerator[bytes]:
    """Yield the body as it arrives; raises SilentServerError."""
    try:
        async for piece in response.content.iter_chunked(_PIECE_BYTES):
            yield piece
    except TimeoutError:
        raise SilentServerError from None


def _decode(body: bytes) -> object:
    """Return the JSON value of a body, None when it is none."""
    try:
        return json.loads(body)
    except ValueError, RecursionError:
        return None
