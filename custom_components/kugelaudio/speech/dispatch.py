"""Which way a text takes to the server: the endpoint, and how much of it in one go."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..api.client import KugelAudioClient
from ..api.deadline import Deadline
from ..api.errors import KugelAudioError, TextTooLongError, WebSocketRefusedError
from ..api.feed import TextFeed, WholeText
from ..api.metrics import GenerationMetrics
from ..api.models import MAX_TEXT_LENGTH, VoiceSettings
from ..api.stream import Turn
from .generation import Generation, Way
from .plan import LENGTHS, TIERS
from .slots import GenerationSlots
from .tape import Memory

_WEBSOCKETS_AVOIDED_S: Final = 600.0
# What every plan takes: a turn can end at any sentence, while one that is refused in its middle is lost.
_TURN_CHARACTERS: Final = TIERS[0].characters


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWay:
    """How a line is to be spoken: alone or beside others, and whether somebody waits to hear it.

    With `tells_acceptance` an empty piece says that the server has accepted it.
    """

    limit_s: float
    is_alone: bool = True
    is_ahead: bool = False
    tells_acceptance: bool = False
    by_rest: bool = False


@dataclass(slots=True)
class _Ways:
    """The usual way of a text, and REST where WebSockets do not get through."""

    usual: Way
    rest: Way
    by_rest: bool

    def __call__(self, metrics: GenerationMetrics, deadline: Deadline) -> AsyncGenerator[bytes]:
        """Take the way that is open."""
        return (self.rest if self.by_rest else self.usual)(metrics, deadline)

    def again(self, error: KugelAudioError) -> bool:
        """Go another way where the usual one is closed."""
        self.by_rest = self.by_rest or isinstance(error, WebSocketRefusedError)
        return True


class Dispatcher:
    """Begins the generations of an account."""

    def __init__(
        self,
        client: KugelAudioClient,
        slots: GenerationSlots,
        model_limit: Callable[[str], int] = lambda _: MAX_TEXT_LENGTH,
    ) -> None:
        """Begin with all ways open; `model_limit` tells how many characters a model takes."""
        self._client = client
        self._slots = slots
        self._model_limit = model_limit
        self._memory = Memory()
        self._websockets_avoided_until = 0.0
        client.limit_connections(slots.learned.connections)
        self._now = asyncio.get_running_loop().time

    @property
    def memory(self) -> Memory:
        """Return what counts the speech of this account that waits to be fetched."""
        return self._memory

    @property
    def avoids_websockets(self) -> bool:
        """Tell whether everything goes over REST for now, because WebSockets did not get through."""
        return self._now() < self._websockets_avoided_until

    def most_characters(self, settings: VoiceSettings) -> int:
        """Return how long a text may be: what the model takes, or less if the plan is known to allow less."""
        return min(self._slots.learned.characters or MAX_TEXT_LENGTH, self._model_limit(settings.model_id))

    def learn_length(self, refused: int, error: TextTooLongError) -> None:
        """Take note that so many characters were refused; raises the error where fewer would not help."""
        shorter = error.limit_characters or next((length for length in LENGTHS if length < refused), 0)
        if not 0 < shorter < refused:
            raise error
        self._slots.learn_characters(shorter)

    def _note_connections(self) -> None:
        """Take note of how many sockets the server takes, if it has refused one since the last time."""
        refused_at = self._client.connections_refused_at
        if refused_at and refused_at != self._slots.learned.connections:
            self._slots.learn_connections(refused_at)
            self._client.limit_connections(refused_at)

    def begin_line(self, text: str, settings: VoiceSettings, way: LineWay) -> Generation:
        """Begin to make a whole text."""
        self._note_connections()
        usual: Way
        if not way.is_alone:
            usual = partial(self._client.speak_context, text, settings)
        elif way.tells_acceptance or settings.word_timestamps:
            # This endpoint tells when it accepts a text, so that a conversion can start meanwhile, and names with
            # every word the chunk that it stands in.
            usual = partial(self._whole_turn, text, settings)
        else:
            usual = partial(self._client.speak, text, settings)
        ways = _Ways(usual, partial(self._rest, text, settings), way.by_rest or self.avoids_websockets)
        return Generation(self._slots, self._memory, ways, ways.again, limit_s=way.limit_s, ahead=way.is_ahead)

    def begin_turn(self, feed: TextFeed, settings: VoiceSettings, limit_s: float) -> Generation:
        """Begin to make what a growing text holds from here on; the feed has words to take."""
        self._note_connections()
        begin = feed.position
        turn = Turn(feed, min(_TURN_CHARACTERS, self.most_characters(settings)), self._slots.others_wait)

        def rewind(error: KugelAudioError) -> bool:
            """Begin at the same word. REST takes no text that is still being written, and a shorter turn is another."""
            if isinstance(error, WebSocketRefusedError | TextTooLongError):
                return False
            feed.position = begin
            return True

        way = partial(self._client.speak_turn, turn, settings)
        return Generation(self._slots, self._memory, way, rewind, limit_s=limit_s, ahead=False)

    def _whole_turn(
        self, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
    ) -> AsyncGenerator[bytes]:
        """Return the PCM of a whole text that is one turn."""
        turn = Turn(WholeText(text), 2 * len(text))
        return self._client.speak_turn(turn, settings, metrics, deadline)

    async def _rest(
        self, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
    ) -> AsyncGenerator[bytes]:
        """Yield the PCM that REST makes; that it worked is remembered for a while."""
        async with aclosing(self._client.generate(text, settings, metrics, deadline)) as audio:
            async for pcm in audio:
                if not self.avoids_websockets:
                    self._websockets_avoided_until = self._now() + _WEBSOCKETS_AVOIDED_S
                yield pcm
