"""Prints what would be spoken of a text; scripts/spoken runs it."""  # noqa: INP001  a program

from argparse import ArgumentParser
from pathlib import Path
import sys

from custom_components.kugelaudio.text import Marks, PauseMark, SpokenText, VoiceMark, failed_template


class Reading:
    """Reads a text character by character, as if a model was writing it."""

    def __init__(self, language: str) -> None:
        """Begin in the voice that was asked."""
        self._language = language
        self._marks = Marks()
        self._part = SpokenText(language)
        self._words = ""
        self.held = ""

    def read(self, text: str) -> None:
        """Print parts as they are complete."""
        for character in text:
            for passage in self._marks.feed(character):
                self._add(passage)
            self.held = max(self.held, self._marks.held + self._part.held, key=len)
        for passage in self._marks.finish():
            self._add(passage)
        self._end_part()

    def _add(self, passage: str | VoiceMark | PauseMark) -> None:
        """Read a piece of text, or begin another part."""
        match passage:
            case str():
                self._words += self._part.feed(passage)
            case VoiceMark(name):
                self._end_part()
                sys.stdout.write(f"[{name}]\n")
            case PauseMark(pause_ms):
                self._end_part()
                sys.stdout.write(f"[{pause_ms} ms]\n")

    def _end_part(self) -> None:
        """Print what one voice says in one go."""
        words = (self._words + self._part.finish()).strip()
        self._part = SpokenText(self._language)
        self._words = ""
        if words:
            sys.stdout.write(f"{words}\n")


def main() -> None:
    """Read the command line and the text."""
    parser = ArgumentParser(prog="scripts/spoken")
    parser.add_argument("--language", default="en", metavar="CODE")
    parser.add_argument("file", nargs="?", type=Path)
    arguments = parser.parse_args()
    try:
        text = arguments.file.read_text(encoding="utf-8") if arguments.file else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as err:
        sys.exit(f"error: {arguments.file or 'The text'} cannot be read: {err}\n       Name a file with text in UTF-8.")
    reading = Reading(arguments.language)
    reading.read(text)
    sys.stdout.write(f"\nHeld longest: {len(reading.held)} characters, {reading.held!r}\n")
    if placeholder := failed_template(text):
        sys.stdout.write(f"A template may have failed: {placeholder}\n")


main()
