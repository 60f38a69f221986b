"""The catalogue and usage over HTTP, and the errors of its answers."""

from dataclasses import replace

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.kugelaudio.api import client as client_module
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    CannotConnectError,
    ConnectionLostError,
    InsufficientCreditsError,
    InvalidRequestError,
    KugelAudioError,
    NotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TextTooLongError,
    TimedOutError,
    UnavailableError,
)
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.made_time import MadeTime
from tests.simulator import SEEDS, SEEDS_BOTH_KEYS, Envelope, Failure, Fault, Profile, Simulator, tone_pcm

from .conftest import ScriptedServer
from .speech import LIMIT_S, TEXT, VOICE, heard_rest


async def test_all_pages_of_voices_are_fetched(client: KugelAudioClient, simulator: Simulator) -> None:
    """Each voice once, in pages of a hundred."""
    voices = await client.voices()
    assert len(voices) >= 120
    assert len({voice.id for voice in voices}) == len(voices)
    assert [call.query for call in simulator.journal.calls] == [
        {"limit": "100", "offset": "0"},
        {"limit": "100", "offset": "100"},
    ]


async def test_a_catalogue_without_an_end_is_cut_off(
    session: ClientSession, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that always has another page does not keep the client busy for ever."""
    monkeypatch.setattr(client_module, "_PAGE_LENGTH", 1)
    monkeypatch.setattr(client_module, "_MAX_PAGES", 3)
    assert len(await KugelAudioClient(session, simulator.key, simulator.url).voices()) == 3


@pytest.mark.parametrize("envelope", Envelope)
@pytest.mark.parametrize("numeric", [True, False])
async def test_a_catalogue_is_read_in_and_out_of_an_envelope(
    client: KugelAudioClient, simulator: Simulator, envelope: Envelope, numeric: bool
) -> None:
    """As the newest documents have it, and as the oldest."""
    simulator.profile = Profile(envelope=envelope, numeric_voice_ids=numeric, usage_endpoint=True)
    assert len(await client.voices()) >= 120
    assert (await client.voice("1071")).name == "Samantha Ferris"
    assert "kugel-3.5" in {model.id for model in await client.models()}
    assert {dictionary.id for dictionary in await client.dictionaries()} >= {7, 9}
    usage = await client.usage()
    assert usage is not None
    assert "minutes_used" in usage.numbers


@pytest.mark.parametrize("profile", [SEEDS, SEEDS_BOTH_KEYS])
async def test_a_server_of_the_oldest_documents_is_understood(
    client: KugelAudioClient, simulator: Simulator, profile: Profile
) -> None:
    """It lists, and speaks whole texts; a text that is too long tells its limit."""
    simulator.profile = profile
    assert [model.id for model in await client.models()] == ["kugel-3"]
    voices = await client.voices()
    assert "1071" in {voice.id for voice in voices}
    settings = replace(VOICE, model_id="kugel-3")
    pcm = b"".join([pcm async for pcm in client.speak(TEXT, settings, GenerationMetrics(), Deadline(LIMIT_S))])
    assert pcm == tone_pcm(TEXT, 24000)
    too_long = "A word. " * 600
    for way in (client.speak, client.generate):
        with pytest.raises(TextTooLongError) as raised:
            [pcm async for pcm in way(too_long, settings, GenerationMetrics(), Deadline(LIMIT_S))]
        assert raised.value.limit_characters == 4096


class Pages:
    """A catalogue of 250 voices that tells no total, in pages or in one piece."""

    def __init__(self, total: object, *, paged: bool) -> None:
        """Begin with nothing asked."""
        self.asked = 0
        self._total = total
        self._paged = paged

    async def answer(self, request: web.Request) -> web.Response:
        """Return a page."""
        self.asked += 1
        ids = range(1, 251)
        offset = int(request.query["offset"])
        shown = ids[offset : offset + int(request.query["limit"])] if self._paged else ids
        return web.json_response({"voices": [{"id": number} for number in shown], "total": self._total})


@pytest.mark.parametrize("total", [None, 0, -1, "250"])
@pytest.mark.parametrize(("paged", "requests"), [(True, 3), (False, 2)])
async def test_a_catalogue_without_a_total_is_read_to_its_end(
    session: ClientSession, total: object, paged: bool, requests: int
) -> None:
    """To a page that is not full, or that holds nothing new."""
    pages = Pages(total, paged=paged)
    application = web.Application()
    application.router.add_get("/v1/voices", pages.answer)
    async with TestServer(application, host="127.0.0.1") as server:
        voices = await KugelAudioClient(session, "ka_any", str(server.make_url("")).rstrip("/")).voices()
    assert len(voices) == 250
    assert pages.asked == requests


async def test_the_number_of_a_request_is_told_where_its_answer_cannot_be_read(
    session: ClientSession, scripted: ScriptedServer
) -> None:
    """From the envelope where no header has it."""
    scripted.body = '{"data": {"things": []}, "meta": {"request_id": "req_7"}}'
    with pytest.raises(NotKugelAudioError) as raised:
        await KugelAudioClient(session, "ka_any", scripted.url).voices()
    assert raised.value.request_id == "req_7"


@pytest.mark.parametrize("named", ["1071", "samantha-ferris"])
async def test_a_voice_is_found_by_id_and_handle(client: KugelAudioClient, named: str) -> None:
    """With a fresh link to its sample."""
    voice = await client.voice(named)
    assert (voice.id, voice.name) == ("1071", "Samantha Ferris")
    assert voice.sample_url


@pytest.mark.parametrize("named", ["987654", "nobody", "a/b?c=d#e", "käse 100%"])
async def test_an_unknown_voice_is_not_found(client: KugelAudioClient, named: str) -> None:
    """Whatever is typed stays one segment of the path."""
    with pytest.raises(NotFoundError):
        await client.voice(named)


@pytest.mark.parametrize("answer", ["[]", "{}", '{"id": null}'])
async def test_a_voice_without_an_id_is_no_answer(
    session: ClientSession, scripted: ScriptedServer, answer: str
) -> None:
    """A server that answers otherwise is no KugelAudio."""
    scripted.body = answer
    with pytest.raises(NotKugelAudioError):
        await KugelAudioClient(session, "ka_any", scripted.url).voice("1071")


async def test_models_are_listed(client: KugelAudioClient) -> None:
    """The default model is among them."""
    assert "kugel-3.5" in {model.id for model in await client.models()}


async def test_absent_usage_is_a_normal_answer(client: KugelAudioClient) -> None:
    """The routes are announced, but may not exist."""
    assert await client.usage() is None
    assert await client.usage_history() is None


async def test_usage_is_read_where_it_exists(client: KugelAudioClient, simulator: Simulator) -> None:
    """Whatever numbers it has."""
    simulator.profile = Profile(usage_endpoint=True)
    usage = await client.usage()
    assert usage is not None
    assert "minutes_used" in usage.numbers
    assert await client.usage_history() is not None


async def test_the_key_travels_in_a_header_only(client: KugelAudioClient, simulator: Simulator) -> None:
    """No URL ever holds the key."""
    await client.voices()
    await client.models()
    await heard_rest(client)
    assert {call.auth for call in simulator.journal.calls} == {"bearer"}
    assert all(simulator.key not in str(call.query) for call in simulator.journal.calls)


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure.INVALID_REQUEST, InvalidRequestError),
        (Failure.UNAUTHORIZED, AuthenticationError),
        (Failure.INSUFFICIENT_CREDITS, InsufficientCreditsError),
        (Failure.FORBIDDEN, PermissionDeniedError),
        (Failure.PERMISSION_DENIED, PermissionDeniedError),
        (Failure.VOICE_NOT_FOUND, NotFoundError),
        (Failure.TEXT_TOO_LONG_OLD, RateLimitedError),
        (Failure.UNPROCESSABLE, InvalidRequestError),
        (Failure.RATE_LIMITED, RateLimitedError),
        (Failure.GENERATION_FAILED, ServerError),
        (Failure.NOT_AVAILABLE, InvalidRequestError),
        (Failure.BAD_GATEWAY, ServerError),
        (Failure.CATALOGUE_UNAVAILABLE, UnavailableError),
        (Failure.MODEL_UNAVAILABLE, UnavailableError),
    ],
)
async def test_an_error_answer_raises_its_error(
    client: KugelAudioClient, simulator: Simulator, failure: Failure, error: type[KugelAudioError]
) -> None:
    """Every row of the provider's table, with the request's id and the delay."""
    simulator.faults.add(Fault.HTTP_ERROR, error=failure, retry_after="3", times=None)
    for request in (
        *(client.voices(), client.voice("1071"), client.models(), client.dictionaries()),
        heard_rest(client),
    ):
        with pytest.raises(error) as raised:
            await request
        assert type(raised.value) is error
        assert raised.value.request_id
        assert raised.value.retry_after_s == 3
        assert simulator.key not in repr(raised.value)


@pytest.mark.parametrize("failure", [Failure.TEXT_TOO_LONG, Failure.TEXT_TOO_LONG_OLD, Failure.TEXT_TOO_LONG_OLDEST])
async def test_only_a_text_is_too_long(client: KugelAudioClient, simulator: Simulator, failure: Failure) -> None:
    """Whatever a server says where none was sent."""
    simulator.faults.add(Fault.HTTP_ERROR, error=failure, times=None)
    with pytest.raises(TextTooLongError):
        await heard_rest(client)
    for request in (client.voices(), client.voice("1071"), client.models(), client.dictionaries()):
        with pytest.raises(KugelAudioError) as raised:
            await request
        assert not isinstance(raised.value, TextTooLongError)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.HTTP_HTML, ServerError),
        (Fault.HTTP_PLAIN, ServerError),
        (Fault.HTTP_TRUNCATED_JSON, NotKugelAudioError),
        (Fault.HTTP_EMPTY_BODY, NotKugelAudioError),
        (Fault.HTTP_NOT_OBJECT, NotKugelAudioError),
        (Fault.HTTP_DROP, ConnectionLostError),
    ],
)
async def test_an_answer_of_something_else_raises(
    client: KugelAudioClient, simulator: Simulator, fault: Fault, error: type[KugelAudioError]
) -> None:
    """Proxies, other servers and broken ones never break the client."""
    simulator.faults.add(fault, times=None)
    for request in (client.voices(), client.voice("1071"), client.models(), client.dictionaries()):
        with pytest.raises(error) as raised:
            await request
        assert type(raised.value) is error


async def test_the_right_answer_under_a_wrong_type_is_understood(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """What counts is the body."""
    simulator.faults.add(Fault.HTTP_WRONG_CONTENT_TYPE)
    assert await client.models()


async def test_a_server_that_does_not_answer_times_out(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """Told apart from one that can't be reached, after 15 s."""
    simulator.faults.add(Fault.HTTP_HANG)
    began = made_time.time()
    with pytest.raises(TimedOutError):
        await client.models()
    assert made_time.time() - began == pytest.approx(15, abs=1)


async def test_nobody_listening_cannot_connect(client: KugelAudioClient, simulator: Simulator) -> None:
    """A refused connection raises CannotConnectError."""
    await simulator.refuse()
    with pytest.raises(CannotConnectError):
        await client.voices()


async def test_a_base_path_is_kept(session: ClientSession, simulator: Simulator) -> None:
    """A server behind a path is asked below it, over HTTP and WebSockets."""
    below = KugelAudioClient(session, simulator.key, f"{simulator.url}/below")
    with pytest.raises(KugelAudioError):
        await below.models()
    assert [call.path for call in simulator.journal.calls] == ["/below/v1/models"]


def test_settings_differ_by_what_is_changed() -> None:
    """Settings are values: equal ones are interchangeable."""
    assert replace(VOICE, speed=1.0) == VOICE
    assert replace(VOICE, speed=1.1) != VOICE
