"""Text of a language model made fit to be spoken, also while it is being written."""

import re
from typing import Final

from .characters import has_words
from .intake import Intake
from .markdown import Markdown
from .reading import Reading
from .speech_tags import without_tags
from .words import words_of

# Nobody misses what cannot be the beginning of a word yet.
_WORDLESS: Final = re.compile(r"[\W_]*|<[^\s<>]*|\[[A-Z_]*")


class SpokenText:
    """Makes of deltas of Markdown what is to be spoken: plain words, and the tags the server understands.

    However a text is split, the parts that are returned join to the same. A part is held back only while it is
    undecided what it is, and then not for more than 60 characters.
    """

    def __init__(self, language: str = "en") -> None:
        """Begin a text; the language is that of the words for emoji and boxes."""
        self._intake = Intake()
        self._reading = Reading(words_of(language))
        self._markdown = Markdown(self._reading)

    def feed(self, delta: str) -> str:
        """Return what can be spoken now, possibly nothing."""
        return self._read(delta, has_ended=False)

    def release(self) -> str:
        """Return what was held back, but for marks without words: what follows comes too late to wait for."""
        if self._reading.reader is not None or _WORDLESS.fullmatch(self._reading.text.rest):
            return self._reading.transcript.take(has_ended=True)
        return self._read_rest()

    def finish(self) -> str:
        """Return what was held back: the text has ended. More may be fed afterwards."""
        rest = self._read("", has_ended=True)
        self._reading.transcript.settle()
        return rest + self._reading.transcript.take(has_ended=True)

    @property
    def held(self) -> str:
        """Return what was fed and is not decided yet."""
        return self._reading.transcript.held + self._reading.text.rest + self._intake.held

    def _read(self, delta: str, *, has_ended: bool) -> str:
        """Read as far as it is decided."""
        text = self._reading.text
        text.append(self._intake.feed(delta, has_ended=has_ended))
        text.has_ended = has_ended
        self._markdown.read()
        return self._reading.transcript.take(has_ended=has_ended)

    def _read_rest(self) -> str:
        """Read what is there as if nothing followed."""
        self._reading.text.has_ended = True
        self._markdown.read()
        self._reading.text.has_ended = False
        return self._reading.transcript.take(has_ended=True)


def spoken(text: str, language: str = "en") -> str:
    """Return what is to be spoken of a whole text."""
    cleaner = SpokenText(language)
    return cleaner.feed(text) + cleaner.finish()


def has_speech(text: str) -> bool:
    """Tell whether there is anything to say in a text that is to be spoken: a letter or a digit outside of tags."""
    return has_words(without_tags(text))
