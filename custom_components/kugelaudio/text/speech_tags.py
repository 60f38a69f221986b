"""Tags in text: those the server understands stay, all others go."""

import re
from typing import Final

from .characters import without_emoji
from .lookahead import Lookahead
from .transcript import Transcript

_LONGEST_TAG: Final = 300

_NAME: Final = r"[A-Za-z][\w.:-]*+"
_ATTRIBUTES: Final = rf"""(?:\s++{_NAME}\s*+=\s*+(?:"[^"<>\n]*+"|'[^'<>\n]*+'|[^\s"'<>=]++))*+"""
_UNFINISHED_ATTRIBUTE: Final = rf"""{_NAME}\s*+(?:=\s*+(?:"[^"<>\n]*+|'[^'<>\n]*+)?)?"""
_TAG: Final = re.compile(
    rf"<(?:!--[\s\S]*?--|(?P<end>/?)(?P<name>{_NAME}){_ATTRIBUTES}\s*+(?P<empty>/?)"
    r"|(?P<address>[A-Za-z][\w+.-]*:[^\s<>]+|[A-Za-z][^\s<>@]*@[^\s<>@]+))>"
)
_UNFINISHED_TAG: Final = re.compile(
    rf"<(?:!(?:-(?:-[\s\S]*)?)?|/?(?:{_NAME}{_ATTRIBUTES}\s*+(?:/|{_UNFINISHED_ATTRIBUTE})?)?|[A-Za-z][^\s<>]*)?"
)
_RATE: Final = re.compile(r"\srate\s*=")
_SPELLED: Final = re.compile(r"[^<\n]+")
_SPELL_END: Final = re.compile(r"</spell\s*>", re.IGNORECASE)
_UNFINISHED_SPELL_END: Final = re.compile(r"<(?:/(?:s(?:p(?:e(?:l(?:l\s*)?)?)?)?)?)?", re.IGNORECASE)
_LINE_TAGS: Final = frozenset({"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "tr"})


def without_tags(code: str) -> str:
    """Return code as it is read out: its characters, but neither tags nor emoji."""
    return without_emoji(_TAG.sub(r"\g<address>", code))


class SpeechTags:
    """Passes `<break>`, `<prosody rate>`, and `<spell>` with its content, and takes other tags.

    Comparisons are no tags: a name has to follow `<` at once, and words after it need to be attributes with a value.
    """

    def __init__(self, text: Lookahead, transcript: Transcript) -> None:
        """Begin outside of all tags."""
        self._text = text
        self._transcript = transcript
        self._is_prosody_kept: list[bool] = []
        self.is_spelling = False

    def read(self) -> None:
        """Read what begins with `<`."""
        tag = self._text.match(_TAG, _UNFINISHED_TAG, _LONGEST_TAG)
        if tag is None:
            self._transcript.write(self._text.take(1))
            return
        source = self._text.take(len(tag[0]))
        name = (tag["name"] or "").lower()
        if tag["address"] is not None:
            self._transcript.write(tag["address"])
        elif self._is_kept(name, source, is_end=bool(tag["end"]), is_empty=bool(tag["empty"])):
            self._transcript.verbatim(source)
        elif name in _LINE_TAGS:
            self._transcript.end_line()
        else:
            self._transcript.drop()

    def _is_kept(self, name: str, source: str, *, is_end: bool, is_empty: bool) -> bool:
        """Tell whether the server understands a tag. It does not get ends of what never began."""
        if name == "spell":
            self.is_spelling = not is_end and not is_empty
            return self.is_spelling
        if name == "prosody" and is_end:
            return bool(self._is_prosody_kept) and self._is_prosody_kept.pop()
        if name == "prosody" and not is_empty:
            self._is_prosody_kept.append(_RATE.search(source) is not None)
            return self._is_prosody_kept[-1]
        return name == "break"

    def spell(self) -> None:
        """Read what is to be spelled, to the end of the line at most."""
        if spelled := self._text.available(_SPELLED):
            self._transcript.verbatim(spelled)
        elif self._text.peek() == "\n":
            self.is_spelling = False
        elif end := self._text.match(_SPELL_END, _UNFINISHED_SPELL_END, _LONGEST_TAG):
            self.is_spelling = False
            self._transcript.verbatim(self._text.take(len(end[0])))
        else:
            self._transcript.verbatim(self._text.take(1))
