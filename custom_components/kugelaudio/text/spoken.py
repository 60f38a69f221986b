"""Text of a language model made fit to be spoken, also while it is being written."""

from typing import Final

from .lookahead import Lookahead
from .markdown import Markdown
from .transcript import Transcript

_FIRST_HALVES: Final = range(0xD800, 0xDC00)


class SpokenText:
    """Makes of deltas of Markdown what is to be spoken: plain words, and the tags the server understands.

    However a text is split, the parts that are returned join to the same. A part is held back only while it is
    undecided what it is, and then not for more than a few hundred characters.
    """

    def __init__(self) -> None:
        """Begin a text."""
        self._text = Lookahead()
        self._transcript = Transcript()
        self._markdown = Markdown(self._text, self._transcript)
        self._half = ""

    def feed(self, delta: str) -> str:
        """Return what can be spoken now, possibly nothing."""
        return self._read(delta, has_ended=False)

    def finish(self) -> str:
        """Return what was held back: the text has ended, or what follows comes too late to wait for.

        More may be fed afterwards.
        """
        return self._read("", has_ended=True)

    def _read(self, delta: str, *, has_ended: bool) -> str:
        """Read as far as it is decided."""
        self._text.append(self._whole_characters(delta, has_ended=has_ended))
        self._text.has_ended = has_ended
        self._markdown.read()
        return self._transcript.take(has_ended=has_ended)

    def _whole_characters(self, delta: str, *, has_ended: bool) -> str:
        """Join halves of surrogate pairs and of line ends, drop halves without the other one."""
        text = self._half + delta
        self._half = ""
        if text and not has_ended and (text[-1] == "\r" or ord(text[-1]) in _FIRST_HALVES):
            self._half = text[-1]
            text = text[:-1]
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def spoken(text: str) -> str:
    """Return what is to be spoken of a whole text."""
    cleaner = SpokenText()
    return cleaner.feed(text) + cleaner.finish()
