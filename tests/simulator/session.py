"""What the three WebSocket endpoints have in common."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from .channel import INVALID_JSON, Abandoned, Channel
from .errors import ApiError
from .faults import PING_FAULTS
from .meter import LimitError
from .narration import Failed
from .plans import Refusal
from .settings import Settings, updated
from .world import World

RESTART = 1012
RATE_LIMITED = 4029


class Session(ABC):
    """Serve one socket from its handshake to its close."""

    def __init__(self, world: World, channel: Channel, key: str) -> None:
        """Begin idle, with the provider's default settings."""
        self.world = world
        self.channel = channel
        self.key = key
        self.settings = Settings()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Tell whether an utterance is under way."""

    @abstractmethod
    async def handle(self, message: dict[str, object]) -> None:
        """Answer one message."""

    async def run(self) -> None:
        """Answer messages until the socket is closed."""
        journal = self.world.journal
        try:
            async for message in self.channel.messages(journal, self._answers_ping):
                with suppress(Abandoned, Failed):
                    await self._handle(message)
        finally:
            await self.stop()

    def _answers_ping(self) -> bool:
        return not self.world.faults.take(PING_FAULTS, self.channel.path)

    async def _handle(self, message: dict[str, object]) -> None:
        profile, journal = self.world.profile, self.world.journal
        if not message:
            await self.channel.refuse(INVALID_JSON, profile, journal)
            return
        message = {name: value for name, value in message.items() if name not in profile.unknown_messages}
        try:
            if "update_settings" in message:
                self.settings = updated(self.settings, message["update_settings"])
                await self.channel.send(
                    {"settings_updated": True, "settings": self.settings.updatable()},
                    journal,
                )
                return
            await self.handle(message)
        except ApiError as error:
            context_id = message.get("context_id")
            await self._refuse(error, context_id if isinstance(context_id, str) else None)

    async def _refuse(self, error: ApiError, context_id: str | None) -> None:
        """Refuse a message; what the plan does not allow is refused in the plan's way."""
        refusal = self.world.meter.plan.refusal if isinstance(error, LimitError) else Refusal.FRAME
        if refusal is not Refusal.CLOSE:
            await self.channel.refuse(error, self.world.profile, self.world.journal, context_id)
        if refusal in {Refusal.CLOSE, Refusal.FRAME_AND_CLOSE}:
            await self.channel.close(RATE_LIMITED, "rate limited")

    async def drain(self) -> None:
        """Close at once if idle; otherwise the end of the utterance closes."""
        if not self.busy:
            await self.channel.close(RESTART, "service restart")

    async def stop(self) -> None:
        """End all tasks."""
        await cancelled(self._tasks)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run something beside the reading of messages."""
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Cancelled before its first step, the task never begins what it was given.
        task.add_done_callback(lambda _: work.close())
        return task

    async def _guarded(self, work: Coroutine[object, object, None]) -> None:
        with suppress(Abandoned, Failed):
            await work


async def cancelled(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for their end."""
    others = [task for task in tasks if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
