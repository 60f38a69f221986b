"""What the server makes in one go: a whole text, one turn of a growing text, one line of a dialogue."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from ..api.deadline import Deadline
from ..api.errors import (
    KugelAudioError,
    RateLimitedError,
    SilentServerError,
    TimedOutError,
    TooManyAtOnceError,
    WebSocketRefusedError,
)
from ..api.metrics import GenerationMetrics
from ..const import LOGGER
from .slots import GenerationSlots, spread
from .tape import Memory, Tape

type Way = Callable[[GenerationMetrics, Deadline], AsyncGenerator[bytes]]
type Again = Callable[[KugelAudioError], bool]

# As long as the provider's own client waits.
FIRST_AUDIO_LIMIT_S: Final = 30.0
# A loop that was busy finds the frames of that time in the kernel; it takes a few rounds until they are here.
_ROUNDS_TO_READ: Final = 20
# Who has little time, because another engine could speak meanwhile, does not spend it waiting for a second try.
_PAUSE_SHARE: Final = 0.1


class Generation:
    """Made by a task of its own, which reads the server as fast as it sends; heard by whoever asks for its audio.

    Its slot is free when the server has sent the last byte. As long as nothing of it was heard it is tried again:
    once after a failure, and as often as the deadline allows after a refusal.
    """

    def __init__(
        self,
        slots: GenerationSlots,
        memory: Memory,
        way: Way,
        again: Again,
        *,
        limit_s: float,
        ahead: bool,
    ) -> None:
        """Begin to make it. One that is made ahead has its deadline when it is heard.

        `again` prepares another try, and tells whether this way is open for one.
        """
        self.metrics = GenerationMetrics()
        self.retries = 0
        self._slots = slots
        self._ticket = slots.ticket(is_awaited=not ahead)
        self._way = way
        self._again = again
        self._has_failed = False
        self._is_stopping = False
        self._error: KugelAudioError | None = None
        self._deadline = Deadline(limit_s)
        self._tape = Tape(memory)
        self._maker = asyncio.create_task(self._make(), name="kugelaudio generation", eager_start=True)

    @property
    def waiting_bytes(self) -> int:
        """Return how much of it was made and not heard yet."""
        return self._tape.waiting_bytes

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield PCM as it comes; an empty piece says that the text is accepted.

        Raises the client's errors, and never ends without all audio. Whoever stops listening stops it at the server.
        """
        if not self._ticket.is_awaited:
            self._ticket.is_awaited = True
            self._deadline.restart()
        try:
            while True:
                if not await self._is_there():
                    continue
                if (piece := self._tape.take()) is None:
                    break
                yield piece
        finally:
            await self.stop()

    async def _is_there(self) -> bool:
        """Wait for a piece or the end; raises what keeps the first audio from coming in time."""
        if self._tape.fetched_bytes:
            return await self._tape.has_news(None)
        if await self._tape.has_news(self._deadline.left_s):
            return True
        for _ in range(_ROUNDS_TO_READ):
            await asyncio.sleep(0)
            if await self._tape.has_news(0):
                return True
        if self._deadline.has_passed:
            raise self._what_takes_long()
        return False

    def _what_takes_long(self) -> KugelAudioError:
        """Return what the deadline has passed over."""
        if self.metrics.admitted_at is None:
            return self._error or TooManyAtOnceError()
        return TimedOutError("CONNECT_TIMED_OUT") if self.metrics.connected_at is None else SilentServerError()

    async def _make(self) -> None:
        """Try until it is made, or cannot be."""
        try:
            while (error := await self._try()) is not None and await self._may_try_again(error):
                self._error = error
                self.retries += 1
            self._tape.end(error)
        except Exception as err:  # noqa: BLE001 - whoever listens must not wait for ever
            LOGGER.exception("Unexpected error while speech was made")
            self._tape.end(err)

    async def _try(self) -> KugelAudioError | None:
        """Have it made once; returns what went wrong."""
        begun_at = None if isinstance(self._error, RateLimitedError) else self.metrics.admitted_at
        self.metrics = metrics = GenerationMetrics(admitted_at=begun_at)
        try:
            async with self._slots.hold(self._ticket):
                if begun_at is None:
                    metrics.admitted()
                if not self._ticket.is_awaited:
                    self._deadline.restart()
                async with aclosing(self._way(metrics, self._deadline)) as pcm:
                    async for piece in pcm:
                        await self._tape.put(piece)
        except KugelAudioError as err:
            return err
        return None

    async def _may_try_again(self, error: KugelAudioError) -> bool:
        """Tell whether it is tried again, when it is time for that."""
        if self._tape.fetched_bytes or not self._again(error):
            return False
        # Before any wait: what belongs to this try must not be heard meanwhile.
        self._tape.clear()
        if isinstance(error, RateLimitedError):
            return self._slots.may_wait(error, self._left_s)
        left_s = self._left_s
        delay_s = error.retry_after_s
        if delay_s is None:
            delay_s = min(error.retry_delay_s, _PAUSE_SHARE * left_s)
        # Another way is no second try, but there is only one.
        goes_another_way = isinstance(error, WebSocketRefusedError) and not isinstance(
            self._error, WebSocketRefusedError
        )
        is_over = self._has_failed and not goes_another_way
        if is_over or not error.retryable or not left_s or delay_s > left_s:
            return False
        self._has_failed = True
        await asyncio.sleep(spread(delay_s))
        return True

    @property
    def _left_s(self) -> float:
        """Return how long it may still take; one that nobody waits for has time."""
        return self._deadline.left_s if self._ticket.is_awaited else FIRST_AUDIO_LIMIT_S

    def cancel(self) -> None:
        """Begin to stop making it; a second time would break off what has to be said to the server."""
        if not self._is_stopping:
            self._is_stopping = True
            self._maker.cancel()

    async def stop(self) -> None:
        """Stop making it, if it still is made; returns when nothing of it is left."""
        self.cancel()
        await asyncio.wait([self._maker])
        self._tape.clear()
