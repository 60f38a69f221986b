"""Tags in text: those the server understands stay, all others go."""

import re
from typing import Final

from .addresses import Addresses
from .characters import is_spaced, without_emoji
from .hidden import Hidden
from .html import BOOLEAN_ATTRIBUTES, CELLS, LINES, SPELLED, STRUCK, UNHEARD, WORDS
from .reading import Reading

_NAME: Final = r"[A-Za-z][\w.:-]*+"
_VALUE: Final = r"""(?:"[^"<>\n]*+"|'[^'<>\n]*+'|[^\s"'<>=]++)"""
_ATTRIBUTES: Final = rf"""(?:\s++(?:{_NAME}\s*+=\s*+{_VALUE}|(?i:{BOOLEAN_ATTRIBUTES})(?=[\s/>])))*+"""
_UNFINISHED_ATTRIBUTE: Final = rf"""{_NAME}\s*+(?:=\s*+(?:"[^"<>\n]*+|'[^'<>\n]*+|[^\s"'<>=]++)?)?"""
_TAG: Final = re.compile(
    rf"<(?P<end>/?)(?P<name>{_NAME})(?P<attributes>{_ATTRIBUTES})\s*+(?P<empty>/?)>"
    r"|<(?P<mail>[A-Za-z][^\s<>@]*@[^\s<>@]+)>"
)
_UNFINISHED_TAG: Final = re.compile(
    rf"<(?:/?(?:{_NAME}{_ATTRIBUTES}\s*+(?:/|{_UNFINISHED_ATTRIBUTE})?)?|[A-Za-z][^\s<>]*)?"
)
_LONG_TAG: Final = re.compile(rf"<{_NAME}\s+{_NAME}\s*=")
_ANY_TAG: Final = re.compile(rf"<!--[\s\S]{0, 500}?-->|<(?P<address>[A-Za-z][\w+.-]*:[^\s<>]+)>|{_TAG.pattern}")
_DECLARATION: Final = re.compile(r"<(?:!--|!\[CDATA\[|!DOCTYPE(?=[\s>])|\?[a-z])", re.IGNORECASE)
_UNFINISHED_DECLARATION: Final = re.compile(r"<(?:!(?:-|\[[A-Z]{0,5}|[A-Z]{0,7})?|\?)?", re.IGNORECASE)
_COMMENT_END: Final = re.compile(r"-->|(?=\n[ \t]*\n)")
_TAG_END: Final = re.compile(r">|(?=\n)")
_LONGEST_END: Final = 16
_POSSIBLE_END: Final = re.compile(r"(?:<[^<>\n]{0,12}|-{1,2}|\n[ \t]{0,8})\Z")
_ATTRIBUTE: Final = re.compile(rf"({_NAME})\s*=\s*({_VALUE})")
_STRUCK_END: Final = re.compile(r"</s>|\n")
_SPELLED: Final = re.compile(r"[^<\n]+")
_SPELL_END: Final = re.compile(r"</(?:spell|say-as)\s*>", re.IGNORECASE)
_UNFINISHED_SPELL_END: Final = re.compile(r"</?(?:s(?:p(?:e(?:ll?)?)?|a(?:y(?:-(?:as?)?)?)?)?)?\s*", re.IGNORECASE)
# Behind `<`: of tokens of models, and besides letters of what is markup.
_TOKENS: Final = frozenset("|<\uff5c")
_NO_TOKENS: Final = frozenset("|<> \t\n")
_MARKUP: Final = frozenset("/!?")
_KNOWN: Final = CELLS | LINES | STRUCK | UNHEARD | WORDS | {"break", "prosody", "spell"}


def without_tags(text: str) -> str:
    """Return text for those who understand no tags: displays, and other engines."""
    return without_emoji(_ANY_TAG.sub(r"\g<address>\g<mail>", text))


class SpeechTags:
    """Passes `<break>`, `<prosody rate>`, and `<spell>` with its content, and takes other tags.

    Comparisons are no tags: a name has to follow `<` at once, and words after it need to be attributes with a value.
    Neither is a name that no markup knows and that nothing closes: `#include <iostream>`, `List<String>`.
    """

    def __init__(self, reading: Reading, hidden: Hidden, addresses: Addresses) -> None:
        """Begin outside of all tags."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._hidden = hidden
        self._addresses = addresses
        self._is_prosody_kept: list[bool] = []
        self._is_ssml = False
        self._end = _TAG_END

    def read(self) -> None:
        """Read what begins with `<`."""
        behind = self._text.peek(1)
        if behind in _TOKENS or (not behind.isalpha() and behind not in _MARKUP):
            is_token = behind in _TOKENS and self._text.peek(2) not in _NO_TOKENS
            if not is_token or not self._hidden.takes():
                self._reading.keep()
            return
        if self._hidden.takes() or self._takes_declaration() or self._addresses.takes_enclosed():
            return
        tag = self._text.match(_TAG, _UNFINISHED_TAG)
        if tag and tag["mail"]:
            self._text.take(len(tag[0]))
            self._transcript.write(tag["mail"])
        elif tag and self._is_markup(tag):
            self._tag(tag)
        elif tag is None and self._text.fills_window(_UNFINISHED_TAG) and self._text.shows(_LONG_TAG):
            self._skip_to(_TAG_END, 1)
        else:
            self._reading.keep()

    def _takes_declaration(self) -> bool:
        """Take a comment, a declaration, or the beginning of a section whose content is text."""
        found = self._text.match(_DECLARATION, _UNFINISHED_DECLARATION)
        if found is None:
            return False
        if "[" in found[0]:
            self._reading.skip(len(found[0]))
        else:
            self._skip_to(_COMMENT_END if "-" in found[0] else _TAG_END, len(found[0]))
        return True

    def _is_markup(self, tag: re.Match[str]) -> bool:
        """Tell whether something in angle brackets is a tag, and no name."""
        name: str = tag["name"]
        if name.lower() in _KNOWN or tag["end"] or tag["empty"] or tag["attributes"] or ":" in name or "-" in name:
            return True
        end = re.compile(rf"</{re.escape(name)}\s*>")
        return not is_spaced(self._text.before) and self._text.find(end, len(tag[0])) is not None

    def _tag(self, tag: re.Match[str]) -> None:
        """Read a tag."""
        is_token = self._is_token(tag[0])
        source = self._text.take(len(tag[0]))
        name = tag["name"].lower()
        attributes = {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(tag["attributes"] or "")}
        is_beginning = not tag["end"] and not tag["empty"]
        self._is_ssml = self._is_ssml or name == "speak"
        if name in {"spell", "say-as"}:
            is_spelled = name == "spell" or attributes.get("interpret-as", "").lower() in SPELLED
            if is_beginning and is_spelled:
                self._transcript.verbatim(source if name == "spell" else "<spell>")
                self._reading.reader = self._spell
            else:
                self._transcript.drop()
        elif self._is_kept(name, attributes, is_end=bool(tag["end"]), is_empty=bool(tag["empty"])):
            self._transcript.verbatim(source)
        elif name in CELLS and is_beginning:
            self._transcript.comma()
        elif name in LINES or (name == "s" and self._is_ssml):
            self._transcript.end_line()
        elif is_token:
            self._transcript.drop()
        else:
            self._transcript.drop()
            self._replace(name, attributes, is_beginning=is_beginning)

    def _is_token(self, source: str) -> bool:
        """Tell whether `<s>` begins the text of a model, and strikes nothing."""
        if source != "<s>" or not self._transcript.is_empty:
            return False
        end = self._text.find(_STRUCK_END, len(source))
        if end is None or end[1] == "\n":
            return True
        return self._text.peek(end[0] + len("</s>")) in {"", "\n"}

    def _replace(self, name: str, attributes: dict[str, str], *, is_beginning: bool) -> None:
        """Say what an attribute says instead of the content, and leave out content that nobody is to hear."""
        if name == "img":
            self._transcript.write(attributes.get("alt", ""))
        elif is_beginning and name == "sub" and attributes.get("alias"):
            self._transcript.write(attributes["alias"])
            self._skip_to(re.compile(r"</sub\s*>|(?=\n)", re.IGNORECASE))
        elif is_beginning and name in STRUCK:
            self._skip_to(re.compile(rf"</{name}\s*>|(?=\n)", re.IGNORECASE))
        elif is_beginning and name in UNHEARD:
            self._skip_to(re.compile(rf"</{name}\s*>|(?=\n[ \t]*\n)", re.IGNORECASE))

    def _is_kept(self, name: str, attributes: dict[str, str], *, is_end: bool, is_empty: bool) -> bool:
        """Tell whether the server understands a tag. It does not get ends of what never began."""
        if name == "prosody" and is_end:
            return bool(self._is_prosody_kept) and self._is_prosody_kept.pop()
        if name == "prosody" and not is_empty:
            self._is_prosody_kept.append("rate" in attributes)
            return self._is_prosody_kept[-1]
        return name == "break"

    def _skip_to(self, end: re.Pattern[str], length: int = 0) -> None:
        """Leave out what follows, up to an end."""
        self._reading.skip(length)
        self._end = end
        self._reading.reader = self._skip

    def _skip(self) -> None:
        """Leave out what is there, up to the end."""
        end = self._text.search(self._end)
        if end is None:
            possible = _POSSIBLE_END.search(self._text.tail(_LONGEST_END))
            self._text.take_but(len(possible[0]) if possible else 0)
        else:
            self._reading.skip(end)
            self._reading.reader = None

    def _spell(self) -> None:
        """Read what is to be spelled, to the end of the line at most."""
        if spelled := self._text.available(_SPELLED):
            self._transcript.verbatim(spelled)
        elif self._text.peek() == "\n":
            self._transcript.verbatim("</spell>")
            self._reading.reader = None
        elif end := self._text.match(_SPELL_END, _UNFINISHED_SPELL_END):
            self._reading.reader = None
            self._text.take(len(end[0]))
            self._transcript.verbatim(end[0] if "pell" in end[0].lower() else "</spell>")
        else:
            self._transcript.verbatim(self._text.take(1))
