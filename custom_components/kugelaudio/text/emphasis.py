"""Asterisks, underscores and tildes that emphasise words, or strike them."""

# ruff: noqa: RUF001 - these characters are what is looked for

import re
from typing import Final

from .characters import UNSPACED, is_blank, is_spaced
from .reading import Reading

_MOST_MARKS: Final = 3
_MOST_MARKS_OF_ALL: Final = 6
_BOLD: Final = "**"
_MANY: Final = "****"
# An empty line, and what begins a new one, end what is emphasised.
_STOP: Final = r"\n(?=[ \t]*(?:\n|[-*+•#>|]|\d+[.)]))"
# Particles of other scripts stand directly behind what is emphasised.
_LATIN_OR_DIGIT: Final = "0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_END: Final = {
    "*": re.compile(rf"(?<![\s*/])\*(?![*{_LATIN_OR_DIGIT}])|{_STOP}"),
    "_": re.compile(rf"(?<![\s_/])_(?:\.(?!\w)|(?![{_LATIN_OR_DIGIT}_(.]))|\n"),
    "__": re.compile(rf"(?<![\s_/])__(?:\.(?!\w)|(?![{_LATIN_OR_DIGIT}_(.]))|\n"),
}
_LAST_OF_SEVERAL: Final = re.compile(rf"(?<![\s*])\*(?!\*|[^\W{UNSPACED}])|\n")
_ANY_BOLD: Final = re.compile(r"\*\*|\n")
_BOLD_END: Final = re.compile(r"(?<![\s*])\*\*(?![\w*])|\n")
_STRUCK: Final = re.compile(r"(?<![\s~])~~(?!~)|\n")
# Inside of a word of a script where asterisks also stand for both genders, and of any other script.
_PART_OF_WORD: Final = re.compile(r"(\*{1,3})(?!\s)[^\s*]{2,}?(?<!\d)\1(?!\*)")
_PART_OF_PHRASE: Final = re.compile(r"(\*{1,3})(?!\s)[^\n*]+?(?<!\s)\1(?!\*)")
_UNFINISHED: Final = {
    _PART_OF_WORD: re.compile(r"\*{1,3}[^\s*]*\*{0,3}"),
    _PART_OF_PHRASE: re.compile(r"\*{1,3}[^\n*]*\*{0,3}"),
}
_IS_LATIN_OR_DIGIT: Final = re.compile(f"[{_LATIN_OR_DIGIT}]")
_SMALL_WORD: Final = re.compile(r"[a-z]*")
_LETTER_IN_QUOTES: Final = re.compile(r"[\"'„“‚‘«‹»›(\[¿¡][^\W\d_]")
# Beside these a mark is part of a path, a formula or a pattern.
_NOT_BEFORE: Final = frozenset("/\\.=@#$%&+*_)]")
_NOT_BEHIND: Final = frozenset(".,;:!?)]}/=|")


class Emphasis:
    """Takes marks that emphasise and leaves those that are text.

    Two or three asterisks are judged by the characters beside them. One asterisk is often an operator, a wildcard or a
    footnote, an underscore often part of a name: these need a word behind them that begins like one of a sentence, or
    their counterpart. What two tildes enclose is struck, and not said.
    """

    def __init__(self, reading: Reading) -> None:
        """Begin without emphasis."""
        self._reading = reading
        self._text = reading.text
        self._open: set[str] = set()
        self._taken_to = -1
        self._has_bold_start = False

    @property
    def is_open(self) -> bool:
        """Tell whether what comes is emphasised."""
        return bool(self._open)

    @property
    def is_bold_line(self) -> bool:
        """Tell whether the line is bold from its start to here: a heading of those who write none."""
        return self._has_bold_start and self._taken_to == self._text.taken

    def end_line(self) -> None:
        """Forget bold words that were not closed."""
        self._open -= {_BOLD, _MANY}
        self._has_bold_start = False

    def end_paragraph(self) -> None:
        """Forget all that was not closed."""
        self._open.clear()

    def asterisks(self) -> None:
        """Read one or more `*`."""
        length = self._text.count_same(_MOST_MARKS_OF_ALL)
        if length > _MOST_MARKS or self._text.before == "*":
            self._many(length)
        elif length == 1:
            self._single("*")
        else:
            self._bold(length)

    def underscores(self) -> None:
        """Read one or more `_`."""
        length = self._text.count_same(_MOST_MARKS)
        if length < _MOST_MARKS:
            self._single("_" * length)
        else:
            self._reading.keep(length)

    def tildes(self) -> None:
        """Read one or more `~`."""
        length = self._text.count_same(_MOST_MARKS)
        before = self._text.before
        if length != len("~~") or before == "~" or (is_blank(before) and is_blank(self._text.peek(length))):
            self._reading.keep(length)
            return
        if self._reading.transcript.ends_with(f"{self._reading.words.done}:"):
            # What is done is often struck as well.
            self._reading.skip(length)
            return
        end = self._text.find_in_line(_STRUCK, length)
        self._reading.skip(length if end is None else end + length)

    @property
    def _before(self) -> str:
        """Return the character in front; another mark of emphasis counts as a blank."""
        return " " if self._taken_to == self._text.taken else self._text.before

    def _bold(self, length: int) -> None:
        """Read two or three asterisks."""
        before = self._before
        behind = self._text.peek(length)
        is_open = _BOLD in self._open
        if is_blank(behind):
            end = _ANY_BOLD if self._reading.transcript.is_at_line_start else _BOLD_END
            is_mark = not is_blank(self._text.before) or is_open or self._text.find_in_line(end, length) is not None
        elif is_spaced(before) and is_spaced(behind):
            is_mark = is_open or self._is_part(before)
        else:
            is_mark = is_open or behind not in "/="
        if not is_mark:
            self._reading.keep(length)
            return
        marks = {_BOLD, "*"} if length == _MOST_MARKS else {_BOLD}
        if is_open or (is_blank(behind) and not is_blank(self._text.before)):
            self._open -= marks
        else:
            self._open |= marks
            self._has_bold_start = self._has_bold_start or self._reading.transcript.is_at_line_start
        self._take(length)

    def _many(self, length: int) -> None:
        """Read more asterisks than Markdown knows: some models enclose words with them; others hide letters."""
        before, behind = self._text.before, self._text.peek(length)
        if _MANY in self._open and not is_blank(before):
            self._open.discard(_MANY)
        elif is_blank(before) and behind.isalpha():
            self._open.add(_MANY)
        else:
            self._reading.keep(length)
            return
        self._take(length)

    def _single(self, mark: str) -> None:
        """Read one asterisk, or one or two underscores."""
        if mark in self._open and self._closes(mark):
            self._open.discard(mark)
        elif self._opens(mark):
            self._open.add(mark)
        else:
            self._reading.keep(len(mark))
            return
        self._take(len(mark))

    def _closes(self, mark: str) -> bool:
        """Tell whether a mark can stand behind emphasised words."""
        before, behind = self._text.before, self._text.peek(len(mark))
        if is_blank(before):
            return False
        if mark != "*":
            is_latin = _IS_LATIN_OR_DIGIT.match(behind) is not None
            is_name = is_latin or behind == "(" or (behind == "." and is_spaced(self._text.peek(len(mark) + 1)))
            return not is_name
        if not is_spaced(before) or not is_spaced(behind):
            return True
        return not (before.isdigit() and behind.isdigit()) and self._text.find_in_line(_LAST_OF_SEVERAL, 1) is None

    def _opens(self, mark: str) -> bool:
        """Tell whether a mark can stand in front of emphasised words, and does."""
        before, behind = self._before, self._text.peek(len(mark))
        if is_blank(behind) or (behind in _NOT_BEHIND and not self._shows_dots(len(mark))):
            return False
        if is_spaced(before):
            return mark == "*" and is_spaced(behind) and self._is_part(before)
        if before in _NOT_BEFORE:
            return False
        is_capital = behind.isalpha() and not ("a" <= behind <= "z")
        return (mark == "*" and is_capital) or self._begins_phrase(mark, is_capital=is_capital)

    def _shows_dots(self, length: int) -> bool:
        """Tell whether the words behind a mark begin with three dots."""
        return all(self._text.peek(length + at) == "." for at in range(3))

    def _begins_phrase(self, mark: str, *, is_capital: bool) -> bool:
        """Tell whether words behind a mark are emphasised: a small word alone can be a name that begins with it."""
        length = len(mark)
        word = self._text.count(_SMALL_WORD, length)
        behind = self._text.peek(length + word)
        if word and behind == " ":
            return True
        end = self._text.find(_END[mark], length)
        if end is not None and not end[1].startswith("\n"):
            return True
        if mark != "*":
            return is_capital
        if word:
            return behind not in {"", "\n"} and behind not in ",.;:)"
        return end is None and self._text.is_long and self._text.shows(_LETTER_IN_QUOTES, length) is not None

    def _is_part(self, before: str) -> bool:
        """Tell whether asterisks inside of a word emphasise a part of it, as prefixes and particles want it."""
        part = _PART_OF_WORD if _IS_LATIN_OR_DIGIT.match(before) else _PART_OF_PHRASE
        found = self._text.match_run(part, _UNFINISHED[part])
        if found is None or (part is _PART_OF_WORD and not any(character.isalpha() for character in found[0])):
            return False
        # "Lehrer*innen und Schüler*innen"
        return len(found[1]) > 1 or part is _PART_OF_PHRASE or not is_spaced(self._text.peek(len(found[0])))

    def _take(self, length: int) -> None:
        """Leave out marks."""
        self._text.take(length)
        self._taken_to = self._text.taken
