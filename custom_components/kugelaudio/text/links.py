"""Links, images, footnotes and other things in brackets."""

import re
from typing import Final

from .characters import is_blank, is_spaced
from .lookahead import Lookahead
from .transcript import Transcript

_LONGEST_LINK: Final = 500
_MOST_BRACKETS: Final = 3

_BRACKET: Final = re.compile(r"[\[\]\n]")
_PATH: Final = r"[^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+"
_TARGET: Final = re.compile(rf"""\([ \t]*+{_PATH}(?:[ \t]++(?:"[^"\n]*+"|'[^'\n]*+'))?+[ \t]*+\)""")
_UNFINISHED_TARGET: Final = re.compile(
    rf"""\([ \t]*+{_PATH}(?:\([^\s()]*+)?+(?:[ \t]++(?:"[^"\n]*+"?+|'[^'\n]*+'?+)?+[ \t]*+)?+"""
)
_CITATION: Final = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_FOOTNOTE: Final = re.compile(r"\^[^\s\[\]]+")
_BOXES: Final = frozenset({" ", "x", "X"})
_BEFORE_IMAGE: Final = frozenset("([|>*_")


class Links:
    """Leaves the text of links and images to be read, and takes the marks of footnotes and citations.

    `[1]` is a citation, `[0]`, `a[1]`, `x = [1]` and `[1, 2]` are text.
    """

    def __init__(self, text: Lookahead, transcript: Transcript) -> None:
        """Take the text and where it goes."""
        self._text = text
        self._transcript = transcript

    def link(self) -> None:
        """Read what begins with `[`."""
        end = self._end_of_brackets(1)
        if end is None:
            self._keep()
            return
        content = self._text.between(1, end)
        behind = self._text.peek(end + 1)
        length = end + 1 + self._length_of_target(end + 1)
        if self._is_note(content, behind):
            is_definition = behind == ":" and self._transcript.is_at_line_start
            self._text.take(length + is_definition)
            self._transcript.drop()
        elif content in _BOXES and is_blank(behind) and self._transcript.is_at_line_start:
            self._text.take(length)
        elif length > end + 1:
            self._text.replace(length, content)
        else:
            self._keep()

    def image(self) -> None:
        """Read what begins with `!`. One behind a word only exclaims, and is not held."""
        before = self._text.before
        is_image = (is_blank(before) or before in _BEFORE_IMAGE) and self._text.peek(1) == "["
        end = self._end_of_brackets(2) if is_image else None
        length_of_target = 0 if end is None else self._length_of_target(end + 1)
        if end is None or not length_of_target:
            self._keep()
        else:
            self._text.replace(end + 1 + length_of_target, self._text.between(2, end))

    def _keep(self) -> None:
        """Say a mark that means nothing but itself."""
        self._transcript.write(self._text.take(1))

    def _end_of_brackets(self, start: int) -> int | None:
        """Return where the bracket that was opened in front of `start` is closed."""
        depth = 1
        position = start
        while 0 < depth <= _MOST_BRACKETS:
            found = self._text.find(_BRACKET, _LONGEST_LINK - position, position)
            if found is None or found[1] == "\n":
                return None
            depth += 1 if found[1] == "[" else -1
            position = found[0] + 1
        return None if depth else position - 1

    def _length_of_target(self, start: int) -> int:
        """Return how long the target in parentheses behind brackets is; 0 if there is none."""
        self._text.peek(start)
        target = self._text.match(_TARGET, _UNFINISHED_TARGET, _LONGEST_LINK - start, start)
        return len(target[0]) if target else 0

    def _is_note(self, content: str, behind: str) -> bool:
        """Tell whether brackets mark a footnote or citation."""
        if _FOOTNOTE.fullmatch(content):
            return True
        past = self._text.past
        is_index = is_spaced(past[-1:]) and not is_spaced(past[:-1])
        is_value = past == "= " or past[-1:] in {"=", "_"} or is_spaced(behind)
        return _CITATION.fullmatch(content) is not None and not is_index and not is_value
