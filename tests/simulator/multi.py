"""``/ws/tts/multi``: several contexts on one socket."""

import asyncio
from dataclasses import replace
from typing import override

from .channel import Channel
from .errors import TOO_MANY, ApiError, Failure, invalid
from .faults import Fault
from .growing import GrowingText
from .meter import LimitError, Slot
from .narration import Failed, Narration, admit
from .session import RESTART, Session, cancelled
from .settings import Settings, check_length, check_voice, checked_text, merged
from .world import World

NESTED = ("voice_id", "cfg_scale", "max_new_tokens")


class Context:
    """Hold the text of one context and its narration."""

    def __init__(self, narration: Narration, idle_s: float) -> None:
        """Begin to accept text."""
        self.narration = narration
        self.text = GrowingText(narration.settings, idle_s)
        self.task: asyncio.Task[None] | None = None
        self.generation: Slot | None = None
        self.characters = 0
        self.closes = False

    def begin(self, more: str, world: World, key: str) -> None:
        """Admit more text, which may be the first of another generation, or refuse it."""
        check_voice(self.narration.settings, world)
        check_length(self.characters + len(more), world)
        if self.generation is None:
            self.generation = world.meter.generation(key)
        self.characters += len(more)

    def end_generation(self) -> None:
        """Give back the slot, for all was made that was to be spoken."""
        if self.generation:
            self.generation.release()
        self.generation, self.characters = None, 0

    def close(self) -> None:
        """Speak what is left and accept no more text."""
        if not self.closes:
            self.closes = True
            self.text.flush()


class MultiSession(Session):
    """Answer contexts independently of each other."""

    def __init__(self, world: World, channel: Channel, key: str) -> None:
        """Begin without contexts."""
        super().__init__(world, channel, key)
        self._contexts: dict[str, Context] = {}
        self._seconds = 0.0
        self._last = False

    @property
    @override
    def busy(self) -> bool:
        return bool(self._contexts)

    @override
    async def handle(self, message: dict[str, object]) -> None:
        if message.get("close_socket"):
            await self._close_socket()
            return
        context_id = message.get("context_id")
        if message.get("cancel"):
            await self._cancel(context_id)
            return
        if not isinstance(context_id, str):
            self.settings = merged(self.settings, message)
            return
        context = self._contexts.get(context_id)
        if message.get("close_context"):
            await self._close_context(context_id, bool(message.get("immediate")))
            return
        if context is None and message.keys() != {"context_id"}:
            context = await self._create(context_id, message)
        if context is None or context.closes:
            return
        try:
            self._take_text(context, message)
        except ApiError as error:
            if context.generation or isinstance(error, LimitError):
                await self._abandon(context)
            raise

    def _take_text(self, context: Context, message: dict[str, object]) -> None:
        text = checked_text(message.get("text", ""), self.world, blank=True)
        if text.strip():
            context.begin(text, self.world, self.key)
        context.text.touch()
        if text:
            context.text.add(text)
        if message.get("flush"):
            context.text.flush()

    async def _create(self, context_id: str, message: dict[str, object]) -> Context | None:
        if message.get("text") == "" and "voice_settings" not in message:
            return None
        if not await admit(self.world, self.channel, self.key):
            return None
        limit = self.world.profile.max_contexts
        if len(self._contexts) >= limit:
            raise ApiError(Failure.TOO_MANY_CONTEXTS, TOO_MANY.format(max=limit))
        self.settings = merged(self.settings, message)
        settings = _nested(self.settings, message.get("voice_settings"))
        narration = Narration(self.world, self.channel, settings, context_id=context_id)
        context = Context(narration, self.world.profile.context_idle_s)
        self._contexts[context_id] = context
        await narration.tell(context_created=True)
        context.task = self.start(self._work(context_id, context))
        context.task.add_done_callback(lambda _: context.end_generation())
        return context

    async def _work(self, context_id: str, context: Context) -> None:
        clock = self.start(self._reap(context_id, context))
        try:
            while not await self._speak(context):
                pass
            await self._closed(context)
        except Failed:
            context.closes = True
        finally:
            clock.cancel()
            context.end_generation()
            self._seconds += context.narration.audio_seconds
            self._contexts.pop(context_id, None)
        await self._after_context()

    async def _speak(self, context: Context) -> bool:
        """Speak up to the next flush; tell whether the context ends with it."""
        narration = context.narration
        while isinstance(sentence := await context.text.next(), str):
            await narration.speak(sentence)
        if context.text.silent:
            context.end_generation()
        await narration.last_strike()
        if narration.tells_final:
            await narration.tell({"is_final" if self.world.profile.is_final else "final": True})
        return context.closes and context.text.empty

    async def _closed(self, context: Context) -> None:
        narration = context.narration
        if not narration.struck.find(Fault.NO_SESSION_CLOSED):
            await narration.tell({"context_closed": True, **narration.bill()})

    async def _reap(self, context_id: str, context: Context) -> None:
        heard = -1
        while heard != context.narration.audio_chunks:
            heard = context.narration.audio_chunks
            context.text.touch()
            await context.text.inactivity()
        await context.narration.tell(context_timeout=True)
        if context.task:
            context.task.cancel()
        self._contexts.pop(context_id, None)

    async def _close_context(self, context_id: str, immediate: bool) -> None:
        context = self._contexts.get(context_id)
        if context is None:
            raise invalid("unknown context_id")
        if not immediate and not self.world.profile.close_drops_rest:
            context.close()
            return
        await self._abandon(context)
        await self._closed(context)
        await context.narration.audio_after_interrupted()
        await self._after_context()

    async def _cancel(self, context_id: object) -> None:
        chosen = [
            (name, context)
            for name, context in self._contexts.items()
            if context_id in (None, name) and not context.closes
        ]
        for _, context in chosen:
            await self._abandon(context)
        if any(context.narration.struck.find(Fault.NO_INTERRUPTED) for _, context in chosen):
            return
        frame: dict[str, object] = {"interrupted": True}
        if context_id is not None:
            frame["context_id"] = context_id
        await self.channel.send(frame, self.world.journal)
        for _, context in chosen:
            await context.narration.audio_after_interrupted()

    async def _abandon(self, context: Context) -> None:
        if context.task:
            await cancelled({context.task})
        self._contexts.pop(str(context.narration.context_id), None)
        await context.narration.late_audio()

    async def _close_socket(self) -> None:
        self._last = True
        for context in self._contexts.values():
            context.close()
        await self._after_context()

    async def _after_context(self) -> None:
        if self._contexts:
            return
        if self._last:
            seconds = round(self._seconds, 3)
            closed: dict[str, object] = {"session_closed": True, "total_audio_seconds": seconds}
            await self.channel.send(closed, self.world.journal)
            await self.channel.close(1000)
        elif self.world.draining:
            await self.channel.close(RESTART, "service restart")


def _nested(settings: Settings, nested: object) -> Settings:
    """Return the settings of a context: its voice comes from its own settings only."""
    bare = replace(settings, voice_id=None)
    if not isinstance(nested, dict):
        return bare
    chosen = {name: nested[name] for name in NESTED if name in nested}
    return merged(bare, chosen)
