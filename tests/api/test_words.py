"""When words are heard: the server counts from the beginning of a text chunk, a listener from that of the speech."""

from dataclasses import replace
import json

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import EmptyAudioError
from custom_components.kugelaudio.api.frames import AudioFrame, parse_frame
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import Word
from tests.simulator import Fault, Profile, Simulator

from .conftest import ScriptedServer
from .speech import GROWING, LIMIT_S, TEXT, VOICE, WHOLE, tones
from .words import SENTENCES, TIMED, Way, by_context, by_turn, by_whole, timed

MULTI = "/ws/tts/multi"
BARE = Profile(chunk_ids=False)
# 200 ms and 100 ms of silence.
LONG, SHORT = "A" * 12_800, "A" * 6_400
END: list[dict[str, object]] = [{"final": True}, {"session_closed": True}]


async def test_words_of_a_whole_text_are_timed(client: KugelAudioClient) -> None:
    """As the server tells them."""
    metrics = GenerationMetrics()
    await by_whole(client, SENTENCES, metrics)
    assert metrics.words == timed(" ".join(SENTENCES))


@pytest.mark.parametrize("profile", [Profile(), BARE], ids=["audio names its chunk", "it does not"])
@pytest.mark.parametrize("speak", [by_turn, by_context])
@pytest.mark.parametrize("fault", [None, Fault.LATE_WORDS, Fault.NO_FINAL, Fault.UNKNOWN_FRAME])
async def test_words_of_all_chunks_are_timed_from_the_beginning(
    client: KugelAudioClient, simulator: Simulator, profile: Profile, speak: Way, fault: Fault | None
) -> None:
    """A sentence begins where the one before it ends, also if its words are told after all audio."""
    simulator.profile = profile
    if fault is not None:
        simulator.faults.add(fault)
    metrics = GenerationMetrics()
    assert await speak(client, SENTENCES, metrics, TIMED) == tones(SENTENCES)
    assert metrics.words == timed(*SENTENCES)


@pytest.mark.parametrize("speak", [by_whole, by_turn, by_context])
@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050])
async def test_the_sample_rate_changes_no_times(client: KugelAudioClient, speak: Way, sample_rate: int) -> None:
    """Times are those of the audio that is heard."""
    metrics, native = GenerationMetrics(), GenerationMetrics()
    await speak(client, SENTENCES, metrics, replace(TIMED, sample_rate=sample_rate))
    await speak(client, SENTENCES, native, TIMED)
    assert [word.text for word in metrics.words] == [word.text for word in native.words]
    assert [(word.start_ms, word.end_ms) for word in metrics.words] == [
        pytest.approx((word.start_ms, word.end_ms), abs=1) for word in native.words
    ]


@pytest.mark.parametrize("speak", [by_whole, by_turn, by_context])
async def test_the_speed_changes_times_as_it_changes_the_audio(client: KugelAudioClient, speak: Way) -> None:
    """The last word ends with the audio."""
    metrics = GenerationMetrics()
    pcm = await speak(client, SENTENCES, metrics, replace(TIMED, speed=1.2))
    assert metrics.words[-1].end_ms == pytest.approx(len(pcm) / 48, abs=1)


@pytest.mark.parametrize(("speak", "path"), [(by_whole, WHOLE), (by_turn, GROWING), (by_context, MULTI)])
async def test_words_are_timed_only_for_those_who_ask(
    client: KugelAudioClient, simulator: Simulator, speak: Way, path: str
) -> None:
    """Also on a socket on which somebody asked before: the server keeps what it was told there."""
    reports = [GenerationMetrics() for _ in range(3)]
    for metrics, settings in zip(reports, (VOICE, TIMED, VOICE), strict=True):
        await speak(client, SENTENCES, metrics, settings)
    assert [bool(metrics.words) for metrics in reports] == [False, True, False]
    assert len(simulator.journal.sockets_of(path)) == 1
    asked = [bool(first.get("word_timestamps")) for first in simulator.journal.received(path) if "model_id" in first]
    assert asked == [False, True, False]


async def test_rest_is_not_asked_for_words(client: KugelAudioClient) -> None:
    """It refuses to time them, and speaks all the same."""
    metrics = GenerationMetrics()
    pcm = b"".join([piece async for piece in client.generate(TEXT, TIMED, metrics, Deadline(LIMIT_S))])
    assert pcm == tones([TEXT])
    assert metrics.words == ()


async def test_words_of_a_failed_try_are_none(client: KugelAudioClient, simulator: Simulator) -> None:
    """Nothing of it was heard."""
    metrics = GenerationMetrics()
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await by_turn(client, ["Not heard."], metrics)
    assert metrics.words == ()


def times(*words: tuple[object, ...]) -> list[dict[str, object]]:
    """Return words as the server tells them."""
    return [dict(zip(("word", "start_ms", "end_ms"), word, strict=False)) for word in words]


async def words_of(session: ClientSession, server: ScriptedServer, frames: list[dict[str, object]]) -> list[Word]:
    """Return the words that a listener knows after a turn of these frames."""
    server.frames = frames
    client = KugelAudioClient(session, "ka_any", server.url)
    metrics = GenerationMetrics()
    await by_turn(client, [TEXT], metrics)
    await client.close()
    return list(metrics.words)


@pytest.mark.parametrize(
    "frames",
    [
        [
            {"audio": LONG, "chunk_id": 0},
            {"audio": SHORT, "chunk_id": 1, "word_timestamps": times(("b", 10, 90))},
            {"word_timestamps": times(("a", 20, 180)), "chunk_id": 0},
        ],
        [
            {"audio": LONG, "chunk_id": 0, "word_timestamps": times(("a", 20, 180))},
            {"audio": SHORT, "chunk_id": 1},
            {"word_timestamps": times(("b", 10, 90))},
        ],
        [
            {"word_timestamps": times(("stale", 10, 90)), "chunk_id": 0},
            {"generation_started": True, "chunk_id": 0},
            {"audio": LONG},
            {"generation_started": True, "chunk_id": 1},
            {"audio": SHORT},
            {"word_timestamps": times(("b", 10, 90)), "chunk_id": 1},
            {"word_timestamps": times(("a", 20, 180)), "chunk_id": 0},
        ],
        [
            {"generation_started": True, "chunk_id": 0},
            {"generation_started": True, "chunk_id": 1},
            {"audio": LONG, "chunk_id": 0},
            {"audio": SHORT, "chunk_id": 1},
            {"word_timestamps": times(("a", 20, 180)), "chunk_id": 0},
            {"final": True, "word_timestamps": times(("b", 10, 90)), "chunk_id": 1},
        ],
    ],
    ids=["with the audio", "without a chunk", "announced only", "announced ahead, with the end"],
)
async def test_words_are_understood_however_they_come(
    session: ClientSession, scripted: ScriptedServer, frames: list[dict[str, object]]
) -> None:
    """In one frame with audio, late, without a number, before a number that audio does not have."""
    assert await words_of(session, scripted, [*frames, *END]) == [Word("a", 20, 180), Word("b", 210, 290)]


async def test_words_between_the_end_frames_count(session: ClientSession, scripted: ScriptedServer) -> None:
    """The turn is over only when it is closed."""
    late: dict[str, object] = {"word_timestamps": times(("late", 0, 200)), "chunk_id": 0}
    frames = [{"audio": LONG, "chunk_id": 0}, END[0], late, END[1]]
    assert await words_of(session, scripted, frames) == [Word("late", 0, 200)]


async def test_words_of_an_unknown_chunk_belong_to_the_whole(session: ClientSession, scripted: ScriptedServer) -> None:
    """Where audio names no chunk and none was announced, there is but one."""
    frames: list[dict[str, object]] = [{"audio": LONG}, {"word_timestamps": times(("all", 0, 200)), "chunk_id": 7}]
    assert await words_of(session, scripted, [*frames, *END]) == [Word("all", 0, 200)]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (times(("word", 10.4, 90.6)), (Word("word", 10, 91),)),
        (times(("point", 10)), (Word("point", 10, 10),)),
        (times(("backwards", 10, 5)), (Word("backwards", 10, 10),)),
        (times(("text", 10, "end")), (Word("text", 10, 10),)),
        (times(("no place",), ("none", None, 5), ("text", "1", 5), ("before", -1, 5), ("", 1, 5), (7, 1, 5)), ()),
        (times(("flag", True, 5)), ()),
        ([None, 7, "word", [], {}], ()),
        (None, ()),
        ("words", ()),
        ({"word": "one", "start_ms": 1, "end_ms": 2}, ()),
    ],
)
def test_odd_words_are_passed_over(told: object, words: tuple[Word, ...]) -> None:
    """Whatever a server sends, the audio in the same frame is heard."""
    frame = parse_frame(json.dumps({"audio": "AAA=", "word_timestamps": told}))
    assert isinstance(frame, AudioFrame)
    assert (frame.pcm, frame.words) == (bytes(2), words)


@pytest.mark.parametrize("chunk_id", [None, "1", 1.5, [1]])
def test_an_odd_chunk_is_none(chunk_id: object) -> None:
    """Its words count as those of the chunk that was heard last."""
    assert parse_frame(json.dumps({"audio": "AAA=", "chunk_id": chunk_id})).chunk_id is None


def test_a_word_keeps_its_text_to_itself() -> None:
    """It may end up in a log with whatever holds it."""
    assert "secret" not in repr(Word("secret", 0, 1))
