"""Growing text over `/ws/tts/stream`, a turn at a time: deltas out and frames in side by side."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from .connection import Connection
from .deadline import Deadline
from .errors import ConnectionLostError, SilentServerError
from .feed import LONGEST_PIECE, TurnText, ends_sentence, holds_sentence_end
from .frames import (
    CLOSE,
    FLUSH,
    AudioFrame,
    ChunkCompleteFrame,
    ErrorFrame,
    FinalFrame,
    Frame,
    GenerationStartedFrame,
    InterruptedFrame,
    SessionClosedFrame,
    first_text,
    lasting,
    more_text,
)
from .metrics import GenerationMetrics
from .models import MAX_TEXT_LENGTH, VoiceSettings
from .pool import ConnectionPool
from .received import ReceivedAudio
from .speak import QUIET_END_S, SILENCE_LIMIT_S
from .turn_end import TurnEnd, TurnEnds

PATH: Final = "ws/tts/stream"
# The server ends a turn by itself after 5 s without text. Ending it earlier, on purpose, leaves no doubt to which
# turn a late delta belongs.
_STALL_S: Final = 4.0
# A text that pauses lets others go first who wait for their turn to be made.
_STALL_WHILE_OTHERS_WAIT_S: Final = 0.5
# Also how long a filter may hold back what is not decided yet.
_POLL_S: Final = 0.3
# Old servers send no `session_closed` after `final`, older ones no `final`.
_SESSION_CLOSED_S: Final = 1.0
_IN_FLIGHT_S: Final = 1.0


def _nobody_waits() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn speaks, and when it is ended although its text goes on: at so many characters, or for others."""

    text: TurnText
    characters: int = MAX_TEXT_LENGTH
    others_wait: Callable[[], bool] = _nobody_waits


async def speak_turn(
    pool: ConnectionPool,
    turn: Turn,
    settings: VoiceSettings,
    metrics: GenerationMetrics,
    deadline: Deadline,
    *,
    ends: TurnEnds,
) -> AsyncGenerator[bytes]:
    """Yield the PCM of what there is of a text, until it ends, pauses, or reaches a limit.

    There are words to take. An empty piece says that the server has accepted the text and will speak.
    """
    metrics.endpoint = PATH
    async with pool.lend(PATH, deadline) as connection:
        metrics.connected()
        speaking = _Speaking(connection, turn, settings, metrics, deadline, ends=ends).run()
        async with aclosing(speaking):
            async for pcm in speaking:
                yield pcm


class _Speaking:
    """One turn on its way: from the first text with the whole configuration to the server's `session_closed`."""

    def __init__(
        self,
        connection: Connection,
        turn: Turn,
        settings: VoiceSettings,
        metrics: GenerationMetrics,
        deadline: Deadline,
        *,
        ends: TurnEnds,
    ) -> None:
        self._connection = connection
        self._ends = ends
        self._turn = turn
        self._longest_piece = min(LONGEST_PIECE, max(1, turn.characters // 2))
        self._settings = settings
        self._metrics = metrics
        self._deadline = deadline
        self._audio = ReceivedAudio(settings, metrics)
        self._word_times = metrics.word_times(settings.sample_rate)
        self._now = asyncio.get_running_loop().time
        self._last_sent = 0.0
        self._has_begun = False
        self._is_in_chunk = False
        self._was_closed = False
        self._has_sentence = False

    async def run(self) -> AsyncGenerator[bytes]:
        """Send the first piece, then write and read side by side; yields PCM."""
        piece = self._turn.text.take_now(self._longest_piece)
        told = self._connection.told
        self._connection.told |= lasting(self._settings)
        await self._connection.ask(first_text(piece, self._settings, told))
        self._sent(piece)
        writer = asyncio.create_task(self._write(piece), name="kugelaudio turn")
        try:
            while True:
                frame = await self._receive(writer)
                self._word_times.take(frame, self._metrics.audio_bytes)
                match frame:
                    case AudioFrame():
                        self._has_begun = True
                        if pcm := self._audio.take(frame):
                            yield pcm
                    case GenerationStartedFrame():
                        self._has_begun = self._is_in_chunk = True
                        yield b""
                    case ChunkCompleteFrame():
                        self._is_in_chunk = False
                    case FinalFrame(_, audio_s):
                        self._ends.saw(TurnEnd.FLUSH)
                        self._audio.check_total(audio_s, may_be_stretched=True)
                        await self._read_session_closed()
                        break
                    # One that belongs to an earlier turn comes before this one has begun.
                    case SessionClosedFrame(usage, audio_s) if self._has_begun or self._was_closed:
                        self._note_end(audio_s)
                        self._metrics.usage = usage
                        self._audio.check_total(audio_s, may_be_stretched=True)
                        break
                    case ErrorFrame(error):
                        raise error
                    case InterruptedFrame():
                        raise ConnectionLostError("INTERRUPTED")
                    case _:
                        pass
            self._check_early_end(writer)
            self._audio.check_end()
        finally:
            writer.cancel()
            await asyncio.wait([writer])

    def _sent(self, text: str) -> None:
        """Note what is on its way. Until the server has a whole sentence, its silence is the text's."""
        self._last_sent = self._now()
        if not self._has_sentence:
            self._deadline.restart()
            self._has_sentence = holds_sentence_end(text)

    async def _write(self, piece: str) -> None:
        """Send deltas as they come; exactly one flush, where the turn is to end."""
        sent = len(piece)
        while sent + self._longest_piece <= self._turn.characters and await self._goes_on(piece, sent):
            piece = self._turn.text.take_now(self._longest_piece)
            sent += len(piece)
            await self._connection.send(more_text(piece))
            self._sent(piece)
        await self._connection.send(FLUSH)
        self._sent("")
        if self._ends.need_close:
            await self._close()

    async def _close(self) -> None:
        """Let the server end its session, and the socket with it: another turn needs another one."""
        self._was_closed = True
        self._connection.use_up()
        await self._connection.send(CLOSE)
        self._sent("")

    async def _goes_on(self, last: str, sent: int) -> bool:
        """Wait for more text of this turn; False at its end, when it pauses, and at a good place to let go."""
        is_long = 2 * sent > self._turn.characters
        if ends_sentence(last) and not self._turn.text.has_ended and (is_long or self._turn.others_wait()):
            return False
        since = self._now()
        while not await self._turn.text.has_more(_POLL_S):
            if self._turn.text.has_ended:
                # Its last words may have come in the same moment.
                return await self._turn.text.has_more(0)
            if self._now() - since >= (_STALL_WHILE_OTHERS_WAIT_S if self._turn.others_wait() else _STALL_S):
                return False
        return True

    async def _receive(self, writer: asyncio.Task[None]) -> Frame:
        """Return the next frame; the server's silence counts only once the whole turn was sent."""
        silent_since = self._now()
        while True:
            try:
                return await self._connection.receive(_POLL_S)
            except SilentServerError:
                if not writer.done():
                    continue
                silent_s = self._now() - max(silent_since, self._last_sent)
                if silent_s >= QUIET_END_S and self._may_be_over:
                    await self._close()
                    continue
                if silent_s > SILENCE_LIMIT_S if self._metrics.audio_bytes else self._deadline.has_passed:
                    raise

    @property
    def _may_be_over(self) -> bool:
        """Tell whether a server that is quiet may have nothing left to say, but that it has to be told so."""
        has_spoken = self._metrics.audio_bytes and not self._is_in_chunk
        return bool(has_spoken) and self._ends.are_unknown and not self._was_closed

    def _note_end(self, audio_s: float | None) -> None:
        """Take note of what has ended the turn. A close that has found none is told to have made nothing."""
        if not self._was_closed:
            self._ends.saw(TurnEnd.FLUSH)
        elif audio_s != 0:
            self._ends.saw(TurnEnd.CLOSE)

    async def _read_session_closed(self) -> None:
        """Take the frame that bills the turn; a socket on which it may still come is not used again."""
        try:
            while True:
                frame = await self._connection.receive(_SESSION_CLOSED_S)
                self._word_times.take(frame, self._metrics.audio_bytes)
                match frame:
                    case SessionClosedFrame(usage):
                        self._metrics.usage = usage
                        return
                    case ErrorFrame(error):
                        raise error
                    case _:
                        pass
        except SilentServerError:
            self._connection.spoil()

    def _check_early_end(self, writer: asyncio.Task[None]) -> None:
        """Raise if the server ended the turn while text was on its way to it."""
        if writer.done():
            writer.result()
        elif self._now() - self._last_sent < _IN_FLIGHT_S:
            raise ConnectionLostError("TURN_ENDED_EARLY")
