"""Where words are heard: the server counts from the beginning of a text chunk, a listener from that of the speech."""

from typing import Final

from .frames import AudioFrame, Frame, GenerationStartedFrame
from .models import Word
from .pcm import BYTES_PER_SAMPLE

_MS_PER_S: Final = 1000


class WordTimes:
    """The text chunks of one generation, and the words in them."""

    def __init__(self, sample_rate: int) -> None:
        """Begin with nothing heard."""
        self._bytes_per_s = BYTES_PER_SAMPLE * sample_rate
        self._heard_from: dict[int | None, int] = {}
        self._announced_at: dict[int | None, int] = {}
        self._heard_last: int | None = None
        self._words: list[tuple[int | None, Word]] = []

    def take(self, frame: Frame, at_byte: int) -> None:
        """Note what a frame tells of text chunks and words; `at_byte` is how much audio was heard before it.

        Words come with or after the audio of their chunk, also after that of a later one. On `/ws/tts` they name no
        chunk, and old servers name none with the audio.
        """
        match frame:
            case AudioFrame():
                self._heard_last = frame.chunk_id
                self._heard_from.setdefault(frame.chunk_id, at_byte)
            case GenerationStartedFrame():
                self._announced_at.setdefault(frame.chunk_id, at_byte)
            case _:
                pass
        # What comes before any sign of this text belongs to an earlier one on the same socket.
        if self._heard_from or self._announced_at:
            chunk_id = self._heard_last if frame.chunk_id is None else frame.chunk_id
            self._words += ((chunk_id, word) for word in frame.words)

    @property
    def words(self) -> list[Word]:
        """Return the words in the order of the speech; none before audio was heard."""
        if not self._heard_from:
            return []
        words = [word.later(self._begins_at_ms(chunk_id)) for chunk_id, word in self._words]
        return sorted(words, key=lambda word: word.start_ms)

    def _begins_at_ms(self, chunk_id: int | None) -> int:
        """Return where a chunk begins: with its first audio, else where it was announced, else with all audio."""
        first = next(iter(self._heard_from.values()))
        inside = self._heard_from.get(chunk_id, self._announced_at.get(chunk_id, first))
        return round(_MS_PER_S * inside / self._bytes_per_s)
