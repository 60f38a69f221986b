"""Lines that are heard one after the other and made ahead, and the turns of a text that is still being written."""

from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from ..api.errors import TextTooLongError, WebSocketRefusedError
from ..api.feed import TextFeed
from ..api.models import VoiceSettings
from ..api.pcm import silence
from ..text.splitting import split
from .dispatch import Dispatcher, LineWay
from .generation import FIRST_AUDIO_LIMIT_S, Generation
from .levelling import Level
from .metrics import UtteranceMetrics
from .tape import MINUTE_BYTES

# What is made ahead waits in memory: three minutes of speech, 10 MB.
_CHARACTERS_AHEAD: Final = 3_000


@dataclass(frozen=True, slots=True)
class Line:
    """What one voice says in one go, after a pause."""

    text: str = field(repr=False)
    settings: VoiceSettings
    pause_ms: int = 0

    def parts(self, most_characters: int) -> list[Line]:
        """Return it in lines that are short enough; the pause is before the first one."""
        first, *others = split(self.text, most_characters)
        return [replace(self, text=first), *(replace(self, text=text, pause_ms=0) for text in others)]


class _Ahead:
    """The lines of an utterance: those that are being made, and those that are still to be."""

    def __init__(self, dispatcher: Dispatcher, lines: Sequence[Line], way: LineWay) -> None:
        self._dispatcher = dispatcher
        self._way = way
        self._waiting = deque(part for line in lines for part in self._parts(line))
        self._way = replace(way, is_alone=len(self._waiting) == 1)
        self._made: deque[tuple[Line, Generation]] = deque()

    def _parts(self, line: Line) -> list[Line]:
        return line.parts(self._dispatcher.most_characters(line.settings))

    def next(self) -> tuple[Line, Generation] | None:
        """Return the line that is to be heard now; begins it and those after it, as far as there is room for them."""
        if not self._made and self._waiting:
            self._begin(self._way)
        if not self._made:
            return None
        line, self._heard = self._made.popleft()
        self.go_on()
        return line, self._heard

    def go_on(self) -> None:
        """Begin the lines after the one that is heard, as far as there is room for them.

        Whoever listens slowly has enough to hear, and leaves the slot to others meanwhile.
        """
        while self._waiting and self._has_room():
            self._begin(replace(self._way, limit_s=FIRST_AUDIO_LIMIT_S, is_ahead=True))

    def _has_room(self) -> bool:
        ahead = sum(len(line.text) for line, _ in self._made)
        if self._made and ahead + len(self._waiting[0].text) > _CHARACTERS_AHEAD:
            return False
        generations = (self._heard, *(ahead for _, ahead in self._made))
        return sum(generation.waiting_bytes for generation in generations) < MINUTE_BYTES

    def _begin(self, way: LineWay) -> None:
        line = self._waiting.popleft()
        self._made.append((line, self._dispatcher.begin_line(line.text, line.settings, way)))

    async def shorten(self, line: Line, error: TextTooLongError) -> None:
        """Put a line that was refused back, in shorter parts; raises the error where that does not help."""
        self._dispatcher.learn_length(len(line.text), error)
        made = [line, *(ahead for ahead, _ in self._made)]
        await self.stop()
        self._waiting.extendleft(reversed([part for ahead in made for part in self._parts(ahead)]))
        self._way = replace(self._way, is_alone=False)

    def cancel(self) -> None:
        """Begin to stop everything that is made ahead."""
        for _, generation in self._made:
            generation.cancel()

    async def stop(self) -> None:
        """Stop everything that is made ahead."""
        self.cancel()
        while self._made:
            _, generation = self._made.popleft()
            await generation.stop()


async def speak_lines(
    dispatcher: Dispatcher, lines: Sequence[Line], metrics: UtteranceMetrics, way: LineWay, level: Level
) -> AsyncGenerator[bytes]:
    """Yield the PCM of lines in their order, with no gap but the pauses.

    The first one has the time of `way` to its first audio. Raises the client's errors, and never ends without all
    audio.
    """
    ahead = _Ahead(dispatcher, lines, way)
    try:
        while (made := ahead.next()) is not None:
            line, generation = made
            if line.pause_ms:
                yield metrics.added(silence(line.pause_ms, metrics.sample_rate))
            try:
                async with aclosing(level(line.settings, _heard(generation, metrics))) as audio:
                    try:
                        async for pcm in audio:
                            yield pcm
                            ahead.go_on()
                    except BaseException:
                        ahead.cancel()
                        raise
            except TextTooLongError as err:
                if generation.metrics.audio_bytes:
                    raise
                await ahead.shorten(replace(line, pause_ms=0), err)
    finally:
        await ahead.stop()


async def speak_turns(
    dispatcher: Dispatcher,
    feed: TextFeed,
    settings: VoiceSettings,
    metrics: UtteranceMetrics,
    level: Level,
    *,
    limit_s: float,
    patience_s: Callable[[], float],
) -> AsyncGenerator[bytes]:
    """Yield the PCM of a text as it is written, turn after turn, until its end.

    Raises TextStalledError where nothing is written for as long as `patience_s` says, and the client's errors.
    """
    by_rest = dispatcher.avoids_websockets
    while not by_rest and await feed.has_words(patience_s()):
        begin = feed.position
        generation = dispatcher.begin_turn(feed, settings, FIRST_AUDIO_LIMIT_S if metrics.audio_bytes else limit_s)
        try:
            async with aclosing(level(settings, _heard(generation, metrics))) as audio:
                async for pcm in audio:
                    yield pcm
        except TextTooLongError as err:
            if generation.metrics.audio_bytes:
                raise
            dispatcher.learn_length(feed.position - begin, err)
            feed.position = begin
        except WebSocketRefusedError:
            feed.position = begin
            by_rest = True
    if not by_rest:
        feed.check()
        return
    # Where WebSockets do not get through, what was not spoken yet goes over REST once it is written.
    rest = Line((await feed.whole()).strip(), settings)
    lines = speak_lines(dispatcher, [rest], metrics, LineWay(limit_s=limit_s, by_rest=True), level)
    async with aclosing(lines):
        async for pcm in lines:
            yield pcm


async def _heard(generation: Generation, metrics: UtteranceMetrics) -> AsyncGenerator[bytes]:
    """Yield the PCM of a generation, and count it."""
    metrics.begin(generation)
    async with aclosing(generation.audio()) as audio:
        async for pcm in audio:
            yield metrics.heard(pcm)
