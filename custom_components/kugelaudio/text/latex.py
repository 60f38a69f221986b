"""Formulas in LaTeX: they become the signs and words that they stand for."""

from collections.abc import Callable
import re
from typing import Final

from .characters import is_blank, is_spaced
from .latex_signs import ENVIRONMENTS, FORMATS, FRACTIONS, PREFIXES, SIGNS, SILENT, SUPERSCRIPTS
from .lookahead import WINDOW
from .reading import Reading

_COMMAND: Final = re.compile(r"\\([A-Za-z]*)")
_ESCAPED: Final = frozenset("%$#&_{}|")
_GROUP: Final = r"\{([^{}\\^_\n]*)\}"
_FRACTION: Final = re.compile(rf"[ ]?(?:{_GROUP}[ ]?{_GROUP}|([0-9a-z])([0-9a-z]))")
_UNFINISHED_FRACTION: Final = re.compile(r"[ ]?(?:\{[^{}\\^_\n]*(?:\}[ ]?(?:\{[^{}\\^_\n]*)?)?|[0-9a-z])?")
_EXPONENT: Final = re.compile(r"\^(?:\{([0-9n+-]{1,9})\}|([0-9n])|(?=\{?\\(?:circ|degree|prime)))")
_UNFINISHED_EXPONENT: Final = re.compile(r"\^(?:\{[0-9n+-]{0,9}|\{?\\[a-z]{0,6})?")
_ROOT: Final = re.compile(rf"(?:\[(\d)\])?(?:{_GROUP})?")
_UNFINISHED_ROOT: Final = re.compile(r"(?:\[\d?\]?)?(?:\{[^{}\\^_\n]*)?")
_ENVIRONMENT: Final = re.compile(r"\{[^{}\n]*\}(?:\{[lcr|]*\})?")
_UNFINISHED_ENVIRONMENT: Final = re.compile(r"\{[^{}\n]*(?:\}(?:\{[lcr|]*)?)?")
_DISPLAYED: Final = re.compile(rf"\\begin\{{((?:{'|'.join(sorted(ENVIRONMENTS))})\*?)\}}")
_UNFINISHED_DISPLAYED: Final = re.compile(r"\\begin(?:\{[a-z*]{0,12}\}?)?")
_SIMPLE: Final = re.compile(r"[\w.,%°]*")
# Behind a word: an index, a power or a degree, "CO$_2$" and "20$^\\circ$C".
_ATTACHED: Final = re.compile(r"\$[ ]?(?:[\^_]\{?\w{1,3}\}?|\{?\}?\^?\{?\\(?:circ|degree|mu|Omega|prime)\}?)[ ]?\$")
_UNFINISHED_ATTACHED: Final = re.compile(r"\$[ ]?[\^_{}\\]?[{}^\\\w]{0,12}\}?[ ]?")
_FIRST_OF_ATTACHED: Final = frozenset("^_{\\")
_SIGNS: Final = frozenset("-+\u2212")
_DEGREES: Final = re.compile(r"\$[-+\u2212]?\d+(?:[.,]\d+)?[ ]?\^\{?\\(?:circ|degree)\}?\$")
_UNFINISHED_DEGREES: Final = re.compile(r"\$[-+\u2212]?[\d.,]*[ ]?(?:\^\{?(?:\\[a-z]{0,6}\}?)?)?")
_INLINE_END: Final = re.compile(r"(?<![\s\\])\$(?!\w)|\n")
_IS_FORMULA: Final = re.compile(
    r"[A-Za-z]{1,2}!?|[-\u2212]?\d+(?:[.,]\d+)?[ ]?(?:°[CFK]?)?!?"
    r"|.*[\\^_={}<>+\u00b7\u00d7\u2264\u2265].*|.*\w [-*/] \w.*"
)
_PARENTHESIS_END: Final = re.compile(r"\\\)|\n[ \t]*\n")
_BRACKET_END: Final = re.compile(r"\\\]|\n[ \t]*\n")
_DISPLAY_END: Final = re.compile(r"\$\$|\n[ \t]*\n")
_HAS_COMMAND: Final = re.compile(r"\\[a-z]{2,}|[\^_]\{")
_HAS_VALUE: Final = re.compile(r"[\\^_=+<>]|\A\s*(?:[A-Za-z]|[\d.,]+)\s*\Z")
_PLAIN: Final = re.compile(r"[^\\^_{}&~$\n]+")


class Latex:
    r"""Reads formulas: between dollar signs, in `\(…\)` and `\[…\]`, and single commands in a text."""

    def __init__(self, reading: Reading) -> None:
        """Begin outside of formulas."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._end = ""
        # What is said at the end of each group that is open.
        self._groups: list[str] = []
        self._marks: dict[str, Callable[[], None]] = {
            "\\": self._command,
            "^": self._exponent,
            "{": self._open_group,
            "}": self._close_group,
            "\n": self._line_end,
            "~": self._blank,
            "&": self._leave_out,
            "_": self._leave_out,
        }

    def dollar(self) -> None:
        """Read `$`: most are money."""
        if self._text.peek(1) == "$":
            self._display_dollars()
            return
        before, behind = self._text.before, self._text.peek(1)
        if (
            (behind in _FIRST_OF_ATTACHED and self._text.match(_ATTACHED, _UNFINISHED_ATTACHED))
            or ((behind.isdigit() or behind in _SIGNS) and self._text.match(_DEGREES, _UNFINISHED_DEGREES))
        ) and before != "$":
            self._begin("$", 1)
            return
        if is_spaced(before) or before == "$" or is_blank(behind):
            self._reading.keep()
            return
        end = self._text.find_in_line(_INLINE_END, 1)
        if end is None or not _IS_FORMULA.fullmatch(self._text.between(1, end)):
            self._reading.keep()
        else:
            self._begin("$", 1)

    def takes_brackets(self) -> bool:
        r"""Take `\(` or `\[` if a formula begins with it; both also escape a bracket."""
        is_square = self._text.peek(1) == "["
        end = self._text.find(_BRACKET_END if is_square else _PARENTHESIS_END, 2)
        if end is None:
            seen = self._text.between(0, WINDOW)
            is_display = is_square and is_blank(self._text.peek(2))
            is_formula = self._text.is_long and (is_display or _HAS_COMMAND.search(seen, 2) is not None)
        else:
            seen = self._text.between(2, end[0])
            is_formula = not end[1].startswith("\n") and "](" not in seen and "\\[" not in seen
        if is_formula:
            self._begin("\\]" if is_square else "\\)", 2)
        return is_formula

    def takes_command(self) -> bool:
        """Take a command that stands in a text; behind a letter a backslash separates folders."""
        found = self._text.match_run(_COMMAND, _COMMAND)
        name = found[1] if found else ""
        has_group = self._text.peek(len(name) + 1) == "{"
        if name == "begin" and (environment := self._text.match(_DISPLAYED, _UNFINISHED_DISPLAYED)):
            self._begin(f"\\end{{{environment[1]}}}", len(environment[0]))
            return True
        is_command = name in SIGNS or name in FRACTIONS or name == "sqrt" or (name in FORMATS and has_group)
        if not is_command or (self._text.before.isalpha() and not has_group):
            return False
        self._end = ""
        self._groups.clear()
        if name in FORMATS:
            self._text.take(len(name) + 2)
            self._groups.append("")
        else:
            self._named(name)
        if self._groups:
            self._reading.reader = self._read
        return True

    def _display_dollars(self) -> None:
        """Read `$$`."""
        end = self._text.find(_DISPLAY_END, 2)
        if end is None:
            seen = self._text.between(2, WINDOW)
            is_formula = self._text.is_long and ("=" in seen or _HAS_COMMAND.search(seen) is not None)
        else:
            is_formula = end[1] == "$$" and _HAS_VALUE.search(self._text.between(2, end[0])) is not None
        if is_formula and self._text.before != "$":
            self._begin("$$", 2)
        else:
            self._reading.keep(2)

    def _begin(self, end: str, length: int) -> None:
        """Read a formula up to its end."""
        self._text.take(length)
        self._end = end
        self._groups.clear()
        self._reading.reader = self._read

    def _read(self) -> None:
        """Read a piece of a formula."""
        mark = self._text.peek()
        if self._end and mark == self._end[0] and self._is_at_end():
            self._text.take(len(self._end))
            self._reading.reader = None
        elif plain := self._text.available(_PLAIN):
            self._transcript.write(plain)
        else:
            self._marks.get(mark, self._reading.keep)()
        if not self._end and not self._groups:
            self._reading.reader = None

    def _is_at_end(self) -> bool:
        """Tell whether a formula ends here."""
        return all(self._text.peek(at) == character for at, character in enumerate(self._end))

    def _line_end(self) -> None:
        """Go on behind the end of a line, but not behind a paragraph, nor where a formula has to end in its line."""
        if self._end in {"", "$"} or self._text.peek(1) in {"\n", ""}:
            self._groups.clear()
            self._reading.reader = None
            return
        self._blank()

    def _blank(self) -> None:
        """Read what separates."""
        self._text.take(1)
        self._transcript.blank()

    def _leave_out(self) -> None:
        """Leave out what only places the characters around it."""
        self._text.take(1)

    def _open_group(self) -> None:
        """Begin a group."""
        self._text.take(1)
        self._groups.append("")

    def _close_group(self) -> None:
        """End a group; that of a numerator is followed by the denominator's."""
        end = self._groups[-1] if self._groups else ""
        is_numerator = end == ")/("
        has_denominator = is_numerator and self._text.peek(1) == "{"
        self._text.take(2 if has_denominator else 1)
        if self._groups:
            self._groups.pop()
        if has_denominator:
            self._groups.append(")")
        self._transcript.write(")" if is_numerator and not has_denominator else end)

    def _exponent(self) -> None:
        """Read `^`."""
        found = self._text.match(_EXPONENT, _UNFINISHED_EXPONENT)
        if found is None:
            is_group = self._text.peek(1) == "{"
            self._text.take(2 if is_group else 1)
            self._transcript.write("^(" if is_group else "^")
            if is_group:
                self._groups.append(")")
            return
        self._text.take(len(found[0]))
        self._transcript.write("".join(SUPERSCRIPTS[character] for character in found[1] or found[2] or ""))

    def _command(self) -> None:
        """Read a backslash."""
        found = self._text.match_run(_COMMAND, _COMMAND)
        if found and found[1]:
            self._named(found[1])
            return
        escaped = self._text.peek(1)
        if escaped in _ESCAPED:
            self._text.take(1)
            self._reading.keep()
        else:
            self._text.take(2)
            self._transcript.blank()

    def _named(self, name: str) -> None:
        """Read a command by its name."""
        length = len(name) + 1
        if name in FRACTIONS:
            self._fraction(length)
        elif name == "sqrt":
            self._root(length)
        elif name in {"begin", "end"}:
            environment = self._text.match_run(_ENVIRONMENT, _UNFINISHED_ENVIRONMENT, length)
            self._text.take(length + (len(environment[0]) if environment else 0))
        elif name in FORMATS:
            self._text.take(length)
        elif name in SILENT:
            is_nothing = name in {"left", "right"} and self._text.peek(length) == "."
            self._text.take(length + is_nothing)
            self._transcript.blank()
        else:
            is_prefix = name in PREFIXES and self._text.peek(length) == " " and self._text.peek(length + 1).isalpha()
            self._text.take(length + is_prefix)
            self._transcript.write(SIGNS.get(name, name))

    def _fraction(self, length: int) -> None:
        """Read a fraction: what is simple with a stroke, all else in parentheses."""
        found = self._text.match(_FRACTION, _UNFINISHED_FRACTION, length)
        if found:
            above, below = found[1] or found[3] or "", found[2] or found[4] or ""
            self._text.take(length + len(found[0]))
            self._transcript.write(f"{_enclosed(above)}/{_enclosed(below)}")
            return
        is_group = self._text.peek(length) == "{"
        self._text.take(length + is_group)
        if is_group:
            self._groups.append(")/(")
            self._transcript.write("(")

    def _root(self, length: int) -> None:
        """Read a root."""
        found = self._text.match_run(_ROOT, _UNFINISHED_ROOT, length)
        degree, content = (found[1], found[2]) if found else (None, None)
        end = length + (len(found[0]) if found else 0)
        is_group = content is None and self._text.peek(end) == "{"
        self._text.take(end + is_group)
        self._transcript.write(f"{SUPERSCRIPTS[degree] if degree else ''}√{_enclosed(content or '')}")
        if is_group:
            self._groups.append(")")
            self._transcript.write("(")


def _enclosed(words: str) -> str:
    """Return a part of a formula, in parentheses where its borders would be lost."""
    words = words.strip()
    return words if _SIMPLE.fullmatch(words) else f"({words})"
