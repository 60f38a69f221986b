"""How much work a text is that is made fit to be spoken."""

from collections.abc import Callable
import sys

import pytest

from custom_components.kugelaudio.text import Marks, SpokenText, passages, spoken

PATTERNS = [
    *("*", "_", "~", "`", "[", "]", "<", "&", "|", "!", "\\", "#", ">", "-", "\n", "\u0301", "😀", "*a "),
    *("_a ", "`a", "*A", "**א", "**a", "[a", "[[a]", "![", "[a](", "[a](b(", '[a](b "', "<a ", '<a b="'),
    *("<!--", "<spell>", "</spell", "&a", "~~a", "<x>", "$", "$a", "$$", "\\(", "\\[", "\\frac{", "\\n"),
    *("<think>", "</think>", "<|", "[1]", "[1] ", "([1", "\u3010", "★", "❓", "https://", "www.", "h", "- 5 "),
    *("|a", "a|b", "|x| ", "a b\n", "[voice:", "[v", "**[voice:a", "1. ", "\x1b[", "\u200b", "│", "─"),
    *("****", "¹", "☑", "[1, 2]", "[1] and ", "<|a", "<turn|", "\\begin{align}", "$_2", "- 5 °C x\n"),
]


def steps(read: Callable[[str], object], text: str) -> int:
    """Return how many calls reading a text takes: work that no other process on the machine changes."""
    count = 0

    def counted(_frame: object, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


def read_one_by_one(text: str) -> None:
    """Read a text that is written character by character."""
    growing = SpokenText()
    for character in text:
        growing.feed(character)
    growing.finish()


def read_marks_one_by_one(text: str) -> None:
    """Look for marks in a text that is written character by character."""
    marks = Marks()
    for character in text:
        marks.feed(character)
    marks.finish()


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(
    "read",
    [spoken, passages, read_one_by_one, read_marks_one_by_one],
    ids=["whole", "marks", "fed", "fed marks"],
)
def test_work_grows_with_the_length_only(pattern: str, read: Callable[[str], object]) -> None:
    """Twice the text is twice the work, whatever it may begin, at once or one by one."""
    short, long = ((pattern * 2_000)[:length] for length in (500, 1_000))
    # What is made once and kept is no work of this text.
    read(long)
    assert steps(read, long) < 2.5 * steps(read, short) + 200
