"""``/ws/tts/stream``: growing text, one turn at a time."""

import asyncio
from collections import deque
from typing import override

from .channel import Channel
from .errors import ApiError
from .faults import Fault
from .growing import GrowingText
from .meter import Slot
from .narration import Failed, Narration, admit
from .session import RESTART, Session, cancelled
from .settings import check_length, check_voice, checked_text, merged
from .world import World

WARNING = (
    'Turn ended after {seconds:g}s of inactivity. Send {{"flush": true}} to end a turn '
    "explicitly — it lowers latency and avoids this auto-flush."
)
EMPTY_TOTALS: dict[str, object] = {
    "total_audio_seconds": 0,
    "total_text_chunks": 0,
    "total_audio_chunks": 0,
}


class Turn:
    """Hold the text of one turn and its narration."""

    def __init__(self, narration: Narration, idle_s: float, generation: Slot) -> None:
        """Begin to accept text."""
        self.narration = narration
        self.text = GrowingText(narration.settings, idle_s)
        self.generation = generation
        self.characters = 0
        self.accepts_text = True

    def end(self) -> None:
        """Accept no more text."""
        if self.accepts_text:
            self.accepts_text = False
            self.text.flush()


class StreamSession(Session):
    """Answer turns of growing text."""

    def __init__(self, world: World, channel: Channel, key: str) -> None:
        """Begin with no turn."""
        super().__init__(world, channel, key)
        self._turns: deque[Turn | None] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._last = False
        self._closed = False

    @property
    @override
    def busy(self) -> bool:
        return bool(self._turns)

    @property
    def _open_turn(self) -> Turn | None:
        turn = self._turns[-1] if self._turns else None
        return turn if turn and turn.accepts_text else None

    @override
    async def handle(self, message: dict[str, object]) -> None:
        if message.get("cancel"):
            await self._cancel()
            return
        self.settings = merged(self.settings, message)
        if "text" in message:
            text = await self._checked(message["text"])
            if text and not await self._take_text(text):
                return
            if self.world.profile.empty_text_keeps_turn and self._open_turn:
                self._open_turn.text.touch()
        if message.get("flush"):
            await self._flush()
        if message.get("close_socket"):
            await self._close_socket()
        elif message.get("close") or message.get("end_session"):
            self._close()

    async def _take_text(self, text: str) -> bool:
        turn = self._open_turn
        if turn is None:
            if not await admit(self.world, self.channel, self.key):
                return False
            check_voice(self.settings, self.world)
            generation = self.world.meter.generation(self.key)
            narration = Narration(self.world, self.channel, self.settings)
            turn = Turn(narration, self.world.profile.idle_turn_s, generation)
            self._queue(turn)
        turn.characters += len(text)
        turn.text.add(text)
        return True

    async def _checked(self, text: object) -> str:
        """Return more text; if it is refused, the turn that it belongs to has failed."""
        turn = self._open_turn
        try:
            more = checked_text(text, self.world, blank=True)
            check_length(len(more) + (turn.characters if turn else 0), self.world)
        except ApiError:
            if turn:
                await self._give_up(turn)
            raise
        return more

    async def _give_up(self, turn: Turn) -> None:
        turn.generation.release()
        if turn is not self._turns[0]:
            self._turns.remove(turn)
        elif self._worker:
            await cancelled({self._worker})
            self._worker = None
            self._turns.clear()

    async def _flush(self) -> None:
        if turn := self._open_turn:
            if self.world.profile.flush_ends_turn:
                turn.end()
            else:
                turn.text.push()
        elif self.world.profile.answer_empty_flush and not self.busy:
            journal = self.world.journal
            await self.channel.send({"final": True, **EMPTY_TOTALS}, journal)
            await self.channel.send({"session_closed": True, **EMPTY_TOTALS}, journal)

    def _close(self) -> None:
        self._closed = True
        if turn := self._open_turn:
            turn.end()
        else:
            self._queue(None)

    async def _close_socket(self) -> None:
        if turn := self._open_turn:
            turn.end()
        if self.busy:
            self._last = True
        else:
            await self.channel.close(1000)

    async def _cancel(self) -> None:
        turn = self._turns[0] if self._turns else None
        tasks = {self._worker} if self._worker else set()
        await cancelled(tasks)
        self._worker = None
        self._forget_turns()
        if turn is not None:
            await turn.narration.late_audio()
            if turn.narration.struck.find(Fault.NO_INTERRUPTED):
                return
        await self.channel.send({"interrupted": True}, self.world.journal)
        if turn is not None:
            await turn.narration.audio_after_interrupted()

    def _forget_turns(self) -> None:
        for turn in self._turns:
            if turn:
                turn.generation.release()
        self._turns.clear()

    @override
    async def stop(self) -> None:
        await super().stop()
        self._forget_turns()

    def _queue(self, turn: Turn | None) -> None:
        self._turns.append(turn)
        if self._worker is None:
            self._worker = self.start(self._work())

    async def _work(self) -> None:
        while self._turns:
            turn = self._turns[0]
            if turn is None:
                closed = {"session_closed": True, **EMPTY_TOTALS}
                await self.channel.send(closed, self.world.journal)
            else:
                await self._speak(turn)
            self._turns.popleft()
        self._worker = None
        if self.world.draining:
            await self.channel.close(RESTART, "service restart")
        elif self._last or (self._closed and self.world.profile.close_ends_socket):
            await self.channel.close(1000)

    async def _speak(self, turn: Turn) -> None:
        clock = self.start(self._watch(turn))
        try:
            while isinstance(sentence := await turn.text.next(), str):
                await turn.narration.speak(sentence)
            turn.generation.release()
            await self._end(turn.narration)
        except Failed:
            turn.accepts_text = False
        finally:
            turn.generation.release()
            clock.cancel()

    async def _watch(self, turn: Turn) -> None:
        await turn.text.inactivity()
        if turn.accepts_text:
            seconds = self.world.profile.idle_turn_s
            await turn.narration.tell(warning=WARNING.format(seconds=seconds))
            turn.end()

    async def _end(self, narration: Narration) -> None:
        await narration.last_strike()
        every = narration.totals()
        by_flush = self.world.profile.flush_ends_turn
        totals = every if by_flush else {"total_audio_seconds": every["total_audio_seconds"]}
        if narration.tells_final and by_flush:
            await narration.tell({"final": True, **totals})
        if narration.struck.find(Fault.NO_SESSION_CLOSED):
            return
        closed = {"session_closed": True, **totals, **narration.bill()}
        await narration.tell(closed)
        if narration.struck.find(Fault.TWO_SESSION_CLOSED):
            await narration.tell({"session_closed": True, **EMPTY_TOTALS})
