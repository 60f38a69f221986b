"""Speak one request, turn or context: frames at their pace, with their faults."""

import asyncio
from collections.abc import Iterator

from .audio_frame import audio_frame, way_out
from .channel import Abandoned, Channel
from .clock import now
from .end_frame import Frame, distorted
from .errors import ApiError, ErrorAnswer, Failure
from .faults import SPEECH_FAULTS, Fault
from .keys import KeyKind
from .settings import NATIVE_RATE, Settings
from .sound import Pace, Sound, left_of, split_samples
from .strikes import Strike, Struck
from .word_times import word_timestamps
from .world import World

CENTS_PER_MINUTE = {"kugel-3.5": 7.0, "kugel-3": 7.0}
LEGACY_CENTS_PER_MINUTE = 3.5


class Failed(Exception):  # noqa: N818 - no error: a fault struck as planned
    """Stop speaking because an error frame was sent."""


class Narration:
    """Deliver the text chunks of one request, turn or context."""

    def __init__(
        self,
        world: World,
        channel: Channel,
        settings: Settings,
        *,
        context_id: str | None = None,
        announce: bool = True,
    ) -> None:
        """Take the faults that strike this utterance."""
        self.world = world
        self.channel = channel
        self.settings = settings
        self.context_id = context_id
        self.struck = Struck(world.faults.take(SPEECH_FAULTS, channel.path))
        self.text_chunks = 0
        self.audio_chunks = 0
        self.audio_seconds = 0.0
        self.native_samples = 0
        self.characters = 0
        self.first_audio_at: float | None = None
        self._announce = announce
        self._pace = Pace()
        self._rest: Iterator[tuple[bytes, int]] = iter(())
        self._late_words: list[dict[str, object]] = []

    async def speak(self, text: str) -> None:
        """Speak one text chunk."""
        chunk_id = self.text_chunks
        await self._strike()
        started_at = now()
        self.text_chunks += 1
        self.characters += len(text)
        if self._announces:
            await self.tell(generation_started=True, chunk_id=chunk_id, text=text)
        sound = Sound(self.world, self.settings, left_of(text, self.struck))
        slow = self.struck.find(Fault.SLOW_FIRST_AUDIO)
        extra_ms = slow.number("delay_ms", 1000) if slow and not chunk_id else 0
        await self._pace.begin(self.world.profile, extra_ms)
        await self._deliver(sound, chunk_id)
        seconds = sound.delivered / sound.rate
        self.audio_seconds += seconds
        self.native_samples += round(seconds * self.settings.speed * NATIVE_RATE)
        if self.settings.word_timestamps:
            await self._tell_words(word_timestamps(sound.text, seconds * 1000), chunk_id)
        if self._announces:
            gen_ms = round((now() - started_at) * 1000)
            await self.tell(
                chunk_complete=True,
                chunk_id=chunk_id,
                audio_seconds=round(seconds, 3),
                gen_ms=gen_ms,
            )

    @property
    def _announces(self) -> bool:
        """Tell whether the beginning and the end of each text chunk are told."""
        return self._announce and self.channel.path in self.world.profile.chunk_frames

    async def _deliver(self, sound: Sound, chunk_id: int) -> None:
        frames = iter(sound)
        self._rest = split_samples(frames) if self.struck.find(Fault.SPLIT_SAMPLES) else frames
        held: list[tuple[bytes, int]] = []
        truncated = self.struck.find(Fault.TRUNCATED)
        keep_back = int(truncated.number("frames", 1)) if truncated else 0
        silent = self.struck.find(Fault.EMPTY_AUDIO) is not None
        for audio, samples in self._rest:
            await self._pace.frame(self.world.profile, samples / sound.rate)
            if silent:
                continue
            held.append((audio, samples))
            if len(held) > keep_back:
                await self._audio(*held.pop(0), chunk_id)

    async def _audio(self, audio: bytes, samples: int, chunk_id: int) -> None:
        await self._strike()
        if self.first_audio_at is None:
            self.first_audio_at = now()
        number = self.audio_chunks
        named = chunk_id if self.world.profile.chunk_ids else None
        frame = audio_frame(audio, samples, number, self.settings, self.struck, named)
        self.audio_chunks += 1
        leave = way_out(self.channel, number, self.struck)
        await self.channel.send(self._as_told(frame), self.world.journal, samples, leave)

    async def _tell_words(self, stamps: list[dict[str, object]], chunk_id: int) -> None:
        """Tell the times of a chunk's words, on `/ws/tts` without naming the chunk."""
        named: dict[str, object] = {"chunk_id": chunk_id} if self._announce else {}
        frame = {"word_timestamps": stamps, **named}
        if self.struck.find(Fault.LATE_WORDS):
            self._late_words.append(frame)
        else:
            await self.tell(frame)

    async def late_audio(self) -> None:
        """Send the frames that were on their way when a cancel came."""
        late = self.struck.find(Fault.LATE_AUDIO)
        await self._straggle(self.world.profile.late_frames if late is None else late.number("frames", 5))

    async def audio_after_interrupted(self) -> None:
        """Send the frames that a cancel was too late for."""
        if strike := self.struck.find(Fault.AUDIO_AFTER_INTERRUPTED):
            await self._straggle(strike.number("frames", 5))

    async def _straggle(self, frames: float) -> None:
        for _, (audio, samples) in zip(range(int(frames)), self._rest, strict=False):
            await self._audio(audio, samples, max(0, self.text_chunks - 1))

    async def tell(self, frame: Frame | None = None, **fields: object) -> None:
        """Send a frame of this utterance."""
        await self.channel.send(self._as_told((frame or {}) | fields), self.world.journal)

    def _as_told(self, frame: Frame) -> Frame:
        addressed = frame if self.context_id is None else frame | {"context_id": self.context_id}
        return distorted(addressed, self.struck)

    async def last_strike(self) -> None:
        """Let the faults happen that were to come after the last frame, and send what was held back."""
        while self._late_words:
            await self.tell(self._late_words.pop(0))
        await self._strike(ended=True)

    @property
    def tells_final(self) -> bool:
        """Tell whether this utterance ends with a final frame."""
        return self.world.profile.final and not self.struck.find(Fault.NO_FINAL)

    def bill(self) -> dict[str, object]:
        """Return what the frame that bills tells besides its name."""
        wrong = self.struck.at_end(Fault.WRONG_TYPES)
        return self._usage() | (wrong.fields({"usage": "x"}) if wrong else {})

    def _usage(self) -> dict[str, object]:
        profile = self.world.profile
        hidden = not profile.usage or self.struck.find(Fault.NO_USAGE)
        if hidden or not self.text_chunks:
            return {}
        model_id = self.settings.model_id
        price = CENTS_PER_MINUTE.get(model_id, LEGACY_CENTS_PER_MINUTE)
        usage: dict[str, object] = {
            "audio_seconds": round(self.audio_seconds, 3),
            "characters": self.characters,
            "model_id": model_id,
        }
        if profile.cost:
            usage["cost_cents"] = round(self.audio_seconds * price / 60, 4)
            usage["currency"] = "eur"
        else:
            usage |= {"cost_cents": None, "cost_unavailable": True}
        return {"usage": usage}

    def totals(self) -> dict[str, object]:
        """Return the totals of the frames."""
        return {
            "total_audio_seconds": round(self.audio_seconds, 3),
            "total_text_chunks": self.text_chunks,
            "total_audio_chunks": self.audio_chunks,
        }

    async def _strike(self, *, ended: bool = False) -> None:
        for strike in self.struck.due(self.audio_chunks, ended=ended):
            await self._happen(strike)

    async def _happen(self, strike: Strike) -> None:
        match strike.fault:
            case Fault.CLOSE:
                reason = str(strike.parameters.get("reason", ""))
                await self.channel.close(int(strike.number("code", 1011)), reason)
                raise Abandoned
            case Fault.DROP:
                self.channel.drop()
                raise Abandoned
            case Fault.SILENCE:
                seconds = strike.number("seconds", 0)
                await (asyncio.sleep(seconds) if seconds else asyncio.Event().wait())
            case Fault.NOT_JSON:
                await self.channel.send_text(str(strike.parameters.get("text", "upstream connect error")))
            case Fault.NOT_OBJECT:
                await self.channel.send_text('["audio", 1]')
            case Fault.BINARY_FRAME:
                await self.channel.send_bytes(b"\x00\x01\x02")
            case Fault.UNKNOWN_FRAME:
                await self.tell(strike.fields({"rate_notice": {"remaining": 3}}))
            case _:
                await self._error_frame(strike)

    async def _error_frame(self, strike: Strike) -> None:
        answer = ErrorAnswer.from_parameters(strike.parameters)
        context_id = None if strike.parameters.get("session") else self.context_id
        await self.channel.refuse(answer, self.world.profile, self.world.journal, context_id)
        if "close" in strike.parameters:
            await self.channel.close(int(strike.number("close", 1011)))
            raise Abandoned
        raise Failed


async def admit(world: World, channel: Channel, key: str) -> bool:
    """Refuse to speak if the key was revoked or has no credits."""
    refusal = {
        KeyKind.REVOKED: (Failure.UNAUTHORIZED, 4001),
        KeyKind.NO_CREDITS: (Failure.INSUFFICIENT_CREDITS, 4003),
    }.get(world.kind_of(key) or KeyKind.REVOKED)
    if refusal is None:
        return True
    failure, code = refusal
    await channel.refuse(ApiError(failure), world.profile, world.journal)
    if world.profile.close_after_refusal:
        await channel.close(code)
    return False
