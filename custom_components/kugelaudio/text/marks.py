"""Marks in a text that say who speaks from here on, and where to pause, also while it is still being written."""

from dataclasses import dataclass
import re
from typing import Final

from .hidden import OPENING, UNFINISHED_OPENING, end_of, length_of_possible_end

LONGEST_PAUSE_MS: Final = 10_000
_LONGEST_HELD: Final = 60
# Two colons and three asterisks.
_LONGEST_CLOSING: Final = 5

# Models write marks like words: as items of a list, bold, or as code.
_BULLET: Final = r"(?:[-+•>\u2013]|\*(?=[ \t])|\d{1,2}[.)]|\#{1,4})"
_UNFINISHED_BULLET: Final = r"(?:[-+•>\u2013]|\*|\d{1,2}[.)]?|\#{1,4})"
_ITEM: Final = rf"(?P<item>(?<=\n)[ \t]{{0,8}}(?:{_BULLET}[ \t]){{1,2}})?"
_DECORATION: Final = r"(?P<decoration>\*{1,3}|_{1,2}|~~|`)?"
_CONTENT: Final = (
    r"voice:(?=[^\[\]<>\n]{1,44}\])[ \t]*(?P<name>[^\[\]<>\s](?:[^\[\]<>\n]*[^\[\]<>\s])?)[ \t]*"
    r"|pause:[ \t]{0,2}(?P<pause>[0-9]{1,5})[ \t]{0,2}(?:ms)?[ \t]{0,2}"
)
_MARK: Final = re.compile(rf"(?i:{_ITEM}{_DECORATION}(?<!\\)\[(?:{_CONTENT})\])|(?<!`)(?:{OPENING.pattern})")
_UNFINISHED: Final = re.compile(
    rf"(?i:(?:(?<=\n)[ \t]{{0,8}}(?:{_BULLET}[ \t])?(?:{_UNFINISHED_BULLET}[ \t]?)?)?"
    r"(?:\*{1,3}|_{1,2}|~{1,2}|`)?(?<!\\)(?:\[(?:v|vo|voi|voic|voice|voice:[^\[\]<>\n]{0,44}"
    r"|p|pa|pau|paus|pause|pause:[ \t]{0,2}[0-9]{0,5}[ \t]{0,2}(?:m|ms)?[ \t]{0,2})?)?)\Z"
    rf"|(?<!`)(?:{UNFINISHED_OPENING.pattern})\Z"
)


@dataclass(frozen=True, slots=True)
class VoiceMark:
    """From here on another voice speaks."""

    name: str


@dataclass(frozen=True, slots=True)
class PauseMark:
    """A pause before what follows."""

    pause_ms: int


type Passage = str | VoiceMark | PauseMark


class Marks:
    """Takes the marks out of deltas, with what only decorates them; holds back only what may still become one.

    What is not meant for people, such as thoughts, passes with the marks in it.
    """

    def __init__(self) -> None:
        """Begin a text."""
        self._past = "\n"
        self._held = ""
        self._hidden_end: re.Pattern[str] | None = None
        self._is_behind_voice = False

    def feed(self, delta: str) -> list[Passage]:
        """Return the text and the marks that are known by now, in their order."""
        return self._read(self._held + delta, has_ended=False)

    def finish(self) -> list[Passage]:
        """Return what was held back."""
        return self._read(self._held, has_ended=True)

    @property
    def held(self) -> str:
        """Return what was fed and is not decided yet."""
        return self._held

    def _read(self, unread: str, *, has_ended: bool) -> list[Passage]:
        """Split as far as it is decided."""
        text = self._past + unread
        found: list[Passage] = []
        moved = ""
        plain = at = 1
        end = 0
        while not end:
            mark = None if self._hidden_end else _MARK.search(text, at)
            if self._hidden_end:
                at, end = self._skip_hidden(text, at, self._hidden_end)
            elif mark is None:
                end = _decided(text, at)
            elif not (mark["name"] or mark["pause"]):
                self._hidden_end = end_of(mark)
                at = mark.end()
            elif (behind := _behind(text, mark, has_ended=has_ended)) is None:
                end = mark.start()
            else:
                # The number of an item is that of a voice's turn, but not of a pause.
                start = mark.end("item") if mark["item"] and mark["pause"] else mark.start()
                found += [moved + text[plain:start], _passage(mark)]
                at = plain = behind[0]
                moved = behind[1]
        end = len(text) if has_ended else end
        self._past = text[end - 1]
        self._held = text[end:]
        known = [self._without_colon(passage) for passage in (*found, moved + text[plain:end]) if passage != ""]
        return [passage for passage in known if passage != ""]

    def _without_colon(self, passage: Passage) -> Passage:
        """Return a passage without the colon that some write behind who speaks."""
        is_behind_voice, self._is_behind_voice = self._is_behind_voice, isinstance(passage, VoiceMark)
        return passage.removeprefix(":") if is_behind_voice and isinstance(passage, str) else passage

    def _skip_hidden(self, text: str, at: int, hidden_end: re.Pattern[str]) -> tuple[int, int]:
        """Return where something hidden has ended, or to where it is known that it has not; the other one is 0."""
        ending = hidden_end.search(text, at)
        if ending is None:
            return 0, len(text) - length_of_possible_end(text[at:])
        self._hidden_end = None
        return ending.end(), 0


def _decided(text: str, at: int) -> int:
    """Return from where a text can still become a mark, or something hidden."""
    unfinished = _UNFINISHED.search(text, max(at, len(text) - _LONGEST_HELD))
    return unfinished.start() if unfinished else len(text)


def _behind(text: str, mark: re.Match[str], *, has_ended: bool) -> tuple[int, str] | None:
    """Return where the text goes on behind a mark, and what decorates that text instead; None while it is undecided."""
    decoration = mark["decoration"]
    if not decoration:
        return mark.end(), ""
    rest = text[mark.end() : mark.end() + _LONGEST_CLOSING]
    closing = re.match(rf":?{re.escape(decoration)}:?", rest)
    is_undecided = f":{decoration}:".startswith(rest) or f"{decoration}:".startswith(rest) or rest.isspace()
    if (
        is_undecided
        and not has_ended
        and len(rest) < _LONGEST_CLOSING
        and not (closing and rest.endswith(f"{decoration}:"))
    ):
        return None
    if closing:
        return mark.end() + closing.end(), ""
    return mark.end() + len(rest) - len(rest.lstrip(" \t")), decoration


def _passage(mark: re.Match[str]) -> VoiceMark | PauseMark:
    """Return what a mark says."""
    if name := mark["name"]:
        return VoiceMark(name)
    return PauseMark(min(int(mark["pause"]), LONGEST_PAUSE_MS))


def passages(text: str) -> list[Passage]:
    """Return a whole text, split at its marks."""
    marks = Marks()
    return [*marks.feed(text), *marks.finish()]


def without_marks(text: str) -> str:
    """Return a text as it is to be read, for displays."""
    return " ".join("".join(part if isinstance(part, str) else " " for part in passages(text)).split())
