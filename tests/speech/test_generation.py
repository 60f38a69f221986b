"""A generation: its slot, its tries and its deadline belong to it, and to nobody who listens."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
import socket
import time

import pytest

from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    ConnectionLostError,
    KugelAudioError,
    RateLimitedError,
    ServerError,
    SilentServerError,
    TimedOutError,
    TooManyAtOnceError,
    UnavailableError,
)
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.speech.generation import Generation
from custom_components.kugelaudio.speech.slots import GenerationSlots
from custom_components.kugelaudio.speech.tape import Memory
from tests.made_time import MadeTime

LIMIT_S = 30


class Server:
    """Makes what a test tells it to, a step at a time: PCM, a wait in seconds, or an error."""

    def __init__(self, *tries: list[bytes | float | KugelAudioError]) -> None:
        """Have one list for each try."""
        self.tries = list(tries)
        self.asked = 0
        self.stopped = 0

    async def way(self, metrics: GenerationMetrics, _deadline: Deadline) -> AsyncGenerator[bytes]:
        """Be asked once."""
        steps = self.tries[self.asked]
        self.asked += 1
        metrics.connected()
        try:
            for step in steps:
                match step:
                    case bytes():
                        yield metrics.heard(step)
                    case KugelAudioError():
                        raise step
                    case _:
                        await asyncio.sleep(step)
        except GeneratorExit, asyncio.CancelledError:
            self.stopped += 1
            raise


def begin(
    server: Server,
    slots: GenerationSlots,
    *,
    limit_s: float = LIMIT_S,
    ahead: bool = False,
    again: Callable[[KugelAudioError], bool] = lambda _: True,
) -> Generation:
    """Begin to make what the server makes."""
    return Generation(slots, Memory(), server.way, again, limit_s=limit_s, ahead=ahead)


async def heard(generation: Generation) -> bytes:
    """Return all of its audio."""
    return b"".join([pcm async for pcm in generation.audio()])


@pytest.fixture
async def slots(made_time: MadeTime) -> GenerationSlots:  # noqa: ARG001 - comes first
    """Provide one slot."""
    return GenerationSlots(1)


async def test_the_slot_is_free_when_the_server_is_done(slots: GenerationSlots) -> None:
    """Whoever listens slowly, late or never keeps nobody waiting."""
    unheard = begin(Server([b"ab", b"cd"]), slots)
    assert await heard(begin(Server([b"xy"]), slots)) == b"xy"
    assert await heard(unheard) == b"abcd"


async def test_it_is_tried_again_once_as_long_as_nothing_was_heard(slots: GenerationSlots) -> None:
    """What the failed try had made is not heard."""
    server = Server([b"ab", ServerError()], [b"cd", b"ef"])
    generation = begin(server, slots, ahead=True)
    await asyncio.sleep(5)
    assert await heard(generation) == b"cdef"
    assert generation.retries == 1


async def test_what_fails_before_its_listener_has_woken_up_is_made_again(slots: GenerationSlots) -> None:
    """Audio and the failure come in one go: nothing of the first try is heard, and all of the second one."""
    server = Server([b"begin", ConnectionLostError()], [b"begin and end"])
    generation = begin(server, slots)
    assert await heard(generation) == b"begin and end"
    assert generation.retries == 1


async def test_a_server_that_says_when_is_asked_then(made_time: MadeTime, slots: GenerationSlots) -> None:
    """Neither before, nor much later; not at all beyond the deadline."""
    server = Server([UnavailableError(retry_after_s=20)], [b"later"])
    began = made_time.time()
    assert await heard(begin(server, slots)) == b"later"
    assert 20 <= made_time.time() - began <= 25.1
    with pytest.raises(UnavailableError):
        await heard(begin(Server([UnavailableError(retry_after_s=31)]), slots))


async def test_what_was_heard_is_not_made_again(slots: GenerationSlots) -> None:
    """Half of it twice would be worse than half of it."""
    server = Server([b"ab", 1.0, ConnectionLostError()], [b"cd"])
    with pytest.raises(ConnectionLostError):
        await heard(begin(server, slots))
    assert server.asked == 1


async def test_it_fails_after_the_second_try(slots: GenerationSlots) -> None:
    """With the second error."""
    server = Server([ServerError()], [ConnectionLostError()], [b"ab"])
    with pytest.raises(ConnectionLostError):
        await heard(begin(server, slots))
    assert server.asked == 2


async def test_whoever_prepares_a_try_may_refuse_it(slots: GenerationSlots) -> None:
    """Where this way is not open any more."""
    server = Server([ServerError()], [b"ab"])
    with pytest.raises(ServerError):
        await heard(begin(server, slots, again=lambda _: False))


async def test_a_refusal_is_no_try(slots: GenerationSlots) -> None:
    """It waits as often as the deadline allows, and may still fail once."""
    refusals: list[list[bytes | float | KugelAudioError]] = [[RateLimitedError()] for _ in range(3)]
    server = Server(*refusals, [ServerError()], [b"ab"])
    generation = begin(server, slots)
    assert await heard(generation) == b"ab"
    assert generation.retries == 4


async def test_a_refusal_that_lasts_is_told(made_time: MadeTime, slots: GenerationSlots) -> None:
    """Where the server says later than there is time."""
    begin_s = made_time.time()
    with pytest.raises(RateLimitedError):
        await heard(begin(Server([RateLimitedError(retry_after_s=8)]), slots, limit_s=3))
    assert made_time.time() == begin_s


async def test_no_slot_in_time_is_told(made_time: MadeTime, slots: GenerationSlots) -> None:
    """After its own limit; the place in the queue is given up."""
    long = begin(Server([b"ab", 100.0]), slots)
    begin_s = made_time.time()
    with pytest.raises(TooManyAtOnceError):
        await heard(begin(Server([b"cd"]), slots, limit_s=3))
    assert made_time.time() - begin_s == pytest.approx(3)
    assert not slots.others_wait()
    await long.stop()


async def test_no_audio_in_time_is_told(made_time: MadeTime, slots: GenerationSlots) -> None:
    """A server that is slow is stopped, and not asked a second time for what it is still making."""
    server = Server([b"", 10.0, b"ab"], [b"cd"])
    begin_s = made_time.time()
    with pytest.raises(SilentServerError):
        await heard(begin(server, slots, limit_s=3))
    assert made_time.time() - begin_s == pytest.approx(3)
    assert (server.asked, server.stopped) == (1, 1)


async def test_a_connection_that_takes_long_is_told(slots: GenerationSlots) -> None:
    """As what it is."""

    async def way(_metrics: GenerationMetrics, _deadline: Deadline) -> AsyncGenerator[bytes]:
        await asyncio.sleep(99)
        yield b"ab"

    generation = Generation(slots, Memory(), way, lambda _: True, limit_s=3, ahead=False)
    with pytest.raises(TimedOutError, match="CONNECT_TIMED_OUT"):
        await heard(generation)


async def test_one_made_ahead_has_its_deadline_when_its_turn_comes(slots: GenerationSlots) -> None:
    """However long those before it are heard."""
    long = begin(Server([b"ab", 100.0]), slots)
    ahead = begin(Server([2.0, b"cd"]), slots, limit_s=3, ahead=True)
    await asyncio.sleep(50)
    await long.stop()
    await asyncio.sleep(1)
    assert await heard(ahead) == b"cd"


async def test_after_the_first_audio_there_is_no_deadline(slots: GenerationSlots) -> None:
    """The server's silence is the client's to judge."""
    assert await heard(begin(Server([b"ab", 9.0, b"cd"]), slots, limit_s=3)) == b"abcd"


async def test_who_stops_listening_stops_it_at_the_server(slots: GenerationSlots) -> None:
    """And leaves the slot to others."""
    server = Server([b"ab", 100.0])
    async with aclosing(begin(server, slots).audio()) as audio:
        assert await anext(audio) == b"ab"
    assert server.stopped == 1
    assert await heard(begin(Server([b"cd"]), slots)) == b"cd"


async def test_an_unforeseen_error_reaches_whoever_listens(
    slots: GenerationSlots, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for ever; the log tells more."""

    async def way(_metrics: GenerationMetrics, _deadline: Deadline) -> AsyncGenerator[bytes]:
        yield b"ab"
        raise ZeroDivisionError

    generation = Generation(slots, Memory(), way, lambda _: True, limit_s=LIMIT_S, ahead=False)
    with pytest.raises(ZeroDivisionError):
        await heard(generation)
    assert "Unexpected error while speech was made" in caplog.text


async def test_a_deadline_that_is_moved_is_waited_for(slots: GenerationSlots) -> None:
    """The time that a text takes to be written is no delay of the server's."""

    async def way(metrics: GenerationMetrics, deadline: Deadline) -> AsyncGenerator[bytes]:
        metrics.connected()
        await asyncio.sleep(2)
        deadline.restart()
        await asyncio.sleep(2)
        yield metrics.heard(b"ab")

    assert await heard(Generation(slots, Memory(), way, lambda _: True, limit_s=3, ahead=False)) == b"ab"


async def test_who_gives_up_in_a_pause_keeps_nobody_else_waiting(made_time: MadeTime, slots: GenerationSlots) -> None:
    """The pause was that of the one who was refused."""
    refused = begin(Server([RateLimitedError(retry_after_s=8)]), slots)
    await asyncio.sleep(1)
    await refused.stop()
    begin_s = made_time.time()
    assert await heard(begin(Server([b"cd"]), slots)) == b"cd"
    assert made_time.time() == begin_s
    slots.close()


# Time that is made does not go on while the loop sleeps.
@pytest.mark.real_time
@pytest.mark.usefixtures("socket_enabled")
async def test_a_deadline_that_the_loop_overslept_is_looked_at_again() -> None:
    """What came meanwhile is in the kernel, and is read before anything is given up."""
    here, there = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=here)

    async def way(metrics: GenerationMetrics, _deadline: Deadline) -> AsyncGenerator[bytes]:
        metrics.connected()
        yield metrics.heard(await reader.readexactly(2))

    generation = Generation(GenerationSlots(1), Memory(), way, lambda _: True, limit_s=0.5, ahead=False)
    listening = asyncio.create_task(heard(generation))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    there.send(b"ab")
    time.sleep(0.6)  # noqa: ASYNC251 - the loop is to oversleep
    assert await listening == b"ab"
    writer.close()
    there.close()
