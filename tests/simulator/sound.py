"""The sound of a text: its frames and their pace."""

import asyncio
from collections.abc import Iterator

from .clock import now
from .dictionaries import entries_for, pronounce
from .faults import Fault
from .profile import Profile
from .settings import Settings
from .strikes import Struck
from .synthesis import SAMPLE_BYTES, SpeechRequest, encoded, in_frames
from .world import World


class Pace:
    """Let frames through as fast as the profile allows."""

    def __init__(self) -> None:
        """Begin with no sound on its way."""
        self._free_at = 0.0

    async def begin(self, profile: Profile, extra_ms: float) -> None:
        """Wait for the time to the first audio unless sound is still on its way."""
        if now() >= self._free_at:
            await asyncio.sleep((profile.first_audio_ms + extra_ms) / 1000)
            self._free_at = now()

    async def frame(self, profile: Profile, seconds: float) -> None:
        """Wait until the next frame may go out."""
        await asyncio.sleep(max(0.0, self._free_at - now()))
        if profile.speed is not None:
            self._free_at += seconds / profile.speed


class Sound:
    """Make the frames of a text and count their samples."""

    def __init__(self, world: World, settings: Settings, text: str) -> None:
        """Prepare the sound; nothing is made before it is asked for."""
        voice = settings.voice()
        language = settings.language or voice.language
        self.encoding, self.rate = settings.encoding
        self.delivered = 0
        self.text = pronounce(text, entries_for(settings.project_id, settings.dictionary_ids, language))
        request = SpeechRequest(
            text=self.text,
            voice=voice,
            language=language,
            sample_rate=self.rate,
            speed=settings.speed,
            normalize=settings.normalize,
        )
        frame_samples = self.rate * world.profile.frame_ms // 1000
        self._frames = in_frames(world.synthesizer.pieces(request), frame_samples * SAMPLE_BYTES)

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Yield encoded frames and their samples."""
        for pcm in self._frames:
            samples = len(pcm) // SAMPLE_BYTES
            self.delivered += samples
            yield encoded(pcm, self.encoding), samples


def split_samples(frames: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Yield frames with odd numbers of bytes; what is missing of a sample comes with the next frame."""
    rest, samples = b"", 0
    for audio, more in frames:
        if samples:
            size = len(rest) - 1 + len(rest) % 2
            yield rest[:size], samples
            rest = rest[size:]
        rest, samples = rest + audio, more
    if samples:
        yield rest, samples


def left_of(text: str, struck: Struck) -> str:
    """Return what is spoken of a text chunk, if a fault swallows some of it."""
    swallowing = struck.find(Fault.SWALLOWED_TEXT)
    if swallowing is None:
        return text
    return text[: max(0, len(text) - int(swallowing.number("characters", len(text) // 2)))]
