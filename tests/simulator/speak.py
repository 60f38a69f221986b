"""``/ws/tts``: one request at a time."""

import asyncio
from typing import override

from .clock import now
from .errors import ApiError, Failure, invalid
from .faults import Fault
from .meter import Slot
from .narration import Failed, Narration, admit
from .session import RESTART, Session, cancelled
from .settings import NATIVE_RATE, Settings, check_voice, checked_text, merged

NOT_HERE = frozenset({"flush_timeout_ms", "max_buffer_length"})
KNOWN = frozenset(Settings.__dataclass_fields__) - NOT_HERE | {"text", "model"}


class SpeakSession(Session):
    """Answer requests with audio and a final frame."""

    _task: asyncio.Task[None] | None = None
    _narration: Narration | None = None

    @property
    @override
    def busy(self) -> bool:
        return self._task is not None and not self._task.done()

    @override
    async def handle(self, message: dict[str, object]) -> None:
        if message.get("cancel"):
            await self._cancel()
            return
        if not await admit(self.world, self.channel, self.key):
            return
        if self.busy:
            raise invalid("a request is still running")
        if "text" not in message:
            raise ApiError(Failure.INVALID_REQUEST, "text required")
        profile = self.world.profile
        if profile.strict_speak and (unknown := message.keys() - KNOWN):
            raise invalid(f"unknown field {min(unknown)}")
        text = checked_text(message["text"], self.world)
        settings = merged(self.settings, message)
        check_voice(settings, self.world)
        generation = self.world.meter.generation(self.key)
        narration = Narration(self.world, self.channel, settings, announce=False)
        self._narration = narration
        self._task = self.start(self._speak(narration, text, generation))
        self._task.add_done_callback(lambda _: generation.release())

    async def _speak(self, narration: Narration, text: str, generation: Slot) -> None:
        started_at = now()
        try:
            await narration.speak(text)
            generation.release()
            await narration.last_strike()
            if narration.tells_final:
                await narration.tell(_final(narration, text, started_at))
        except Failed:
            return
        finally:
            self._task = None
            if self.world.draining:
                await self.channel.close(RESTART, "service restart")

    async def _cancel(self) -> None:
        narration = self._narration
        if self.busy and self._task and narration:
            await cancelled({self._task})
            self._task = None
            await narration.late_audio()
            if narration.struck.find(Fault.NO_INTERRUPTED):
                return
        await self.channel.send({"interrupted": True}, self.world.journal)
        if narration:
            await narration.audio_after_interrupted()


def _final(narration: Narration, text: str, started_at: float) -> dict[str, object]:
    gen_ms = round((now() - started_at) * 1000, 1)
    dur_ms = round(narration.native_samples * 1000 / NATIVE_RATE, 1)
    first_audio_at = narration.first_audio_at
    ttfa_ms = None
    if first_audio_at is not None:
        ttfa_ms = round((first_audio_at - started_at) * 1000, 1)
    debug = {"original_text": text, "ttfa_ms": ttfa_ms, "speed": narration.settings.speed}
    return {
        "final": True,
        "chunks": narration.audio_chunks,
        "total_samples": narration.native_samples,
        "dur_ms": dur_ms,
        "gen_ms": gen_ms,
        "rtf": round(gen_ms / dur_ms, 3) if dur_ms else 0.0,
        **({"debug": debug} if narration.world.profile.debug else {}),
        **narration.bill(),
    }
