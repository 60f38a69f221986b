"""Text that is made fit to be spoken while it is still being written."""

# ruff: noqa: RUF001 - the texts are in many scripts

from itertools import pairwise
import time
import unicodedata

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.kugelaudio.text import SpokenText, spoken

MARKS = [
    *("*", "**", "***", "_", "__", "~~", "~", "`", "``", "```", "```\n", "[", "]", "](", "(", ")", "[1]", "[^1]", "!["),
    *("# ", "#", "- ", "-", "---", "|", "| ", "> ", ">", "+ ", "1. ", "=", "===", "\\", "<!--", "-->", "\n", "\r", " "),
    *(
        "<",
        "</",
        "/>",
        "<b>",
        "<b",
        "<spell>",
        "</spell>",
        "<break/>",
        "<prosody rate='slow'>",
        "</prosody>",
        '="',
        '"',
    ),
    *("&", "&amp;", "amp;", "http://", "/", ":", "C:\\", ".", ",", "a@b.c", "Wort", "a", "5", "py", "words " * 40),
    *("é", "e", "\u0301", "\u0327", "か", "\u3099", "\u1112", "\u1161", "\u11ab", "重要", "。", "خ", "\u0653"),
    *("😀", "\u200d", "\ufe0f", "\U0001f3fd", "\u20e3", "ℹ", "\U0001f1e9", "\ud83d", "\ude00"),
]


MARKDOWN = st.lists(st.sampled_from(MARKS), max_size=30).map("".join)


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


CUTS = st.lists(st.integers(min_value=0, max_value=400), max_size=12)


def fed(*deltas: str) -> list[str]:
    """Return what comes out for each delta, and at the end."""
    text = SpokenText()
    return [*(text.feed(delta) for delta in deltas), text.finish()]


def split(text: str, cuts: list[int]) -> list[str]:
    """Return a text in pieces."""
    borders = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(borders)]


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(MARKDOWN, ANYTHING), cuts=CUTS)
def test_every_split_gives_the_same(text: str, cuts: list[int]) -> None:
    """Whole, cut anywhere and character by character a text is spoken alike, valid and composed."""
    whole = spoken(text)
    assert "".join(fed(*split(text, cuts))) == whole
    assert "".join(fed(*text)) == whole
    assert unicodedata.is_normalized("NFC", whole)
    assert not any(unicodedata.category(character) == "Cs" for character in whole)


@pytest.mark.parametrize(
    ("deltas", "outputs"),
    [
        (["Hello wor", "ld"], ["Hello wo", "rl", "d"]),
        (["Hello ", "*wor", "ld*"], ["Hello", "", "", " world"]),
        (["It is 5.", " Now", " go!"], ["It is 5.", " No", "w go!", ""]),
        (["今日は晴", "です"], ["今日は晴", "で", "す"]),
        (["Really!", " Yes? 12:", "30"], ["Really!", " Yes? 12:", "30", ""]),
        (["**Not", "e:** a", " b."], ["No", "te: ", "a b.", ""]),
        (["Line.\n", "- ", "item."], ["Line.\n", "", "item.", ""]),
        (["5 <", " 6."], ["5", " < 6.", ""]),
        (["I <3", "!"], ["I <3", "!", ""]),
        (["*a", " b", "*.", " c."], ["", "", "a b.", " c.", ""]),
        (["_a", " b", "_.", " c."], ["", "", "", "a b. c.", ""]),
        (["[1", ", 2", "].", " c."], ["", "", "[1, 2].", " c.", ""]),
        (["1 ![", "b](", "u).", "."], ["1", "", " b.", ".", ""]),
        (["e", "\u0301", "."], ["", "", "é.", ""]),
        (["\ud83d", "\ude00.", "\ud83d", "."], ["", ".", "", ".", ""]),
        (["x.\r", "\ny."], ["x.", "\ny.", ""]),
        (["\r"], ["", ""]),
        (["<spell>A*", "1</sp", "ell>."], ["<spell>A*", "1", "</spell>.", ""]),
    ],
)
def test_text_is_held_only_while_it_is_undecided(deltas: list[str], outputs: list[str]) -> None:
    """Words come out at once, but for a last letter that a mark can join, and what may be the beginning of a mark."""
    assert fed(*deltas) == outputs


@pytest.mark.parametrize(
    "beginning",
    [
        "*a",
        "_a",
        "__a",
        "`",
        "``",
        "``` ",
        "[",
        "![",
        "[a](",
        '[a](b "',
        "<a",
        '<a b="',
        "<!--",
        "&",
        "&#",
        "#",
        "-",
        "|",
    ],
)
def test_what_is_never_closed_is_given_up(beginning: str) -> None:
    """Text behind the beginning of a mark is held for a few hundred characters at most."""
    assert fed(beginning + "1" * 600)[0].endswith("1" * 600)


@pytest.mark.parametrize("beginning", ["*a b", "_a b", "`a b", "[a b", "![a b", "[a](b ", "<a ", "&a "])
def test_a_new_line_decides(beginning: str) -> None:
    """What has to be closed in its line passes as it is when the line ends."""
    assert fed(f"1 {beginning}\n2.")[0] == f"1 {beginning.rstrip()}\n2."


def test_a_pause_gives_out_what_is_held() -> None:
    """A text can go on after its end was declared, so a stalled one can be spoken as far as it goes."""
    text = SpokenText()
    assert text.feed("Let me check") == "Let me chec"
    assert text.finish() == "k"
    assert text.feed(" *now*.") == " now."
    assert text.finish() == ""


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "*",
            "_",
            "~",
            "`",
            "[",
            "]",
            "<",
            "&",
            "|",
            "!",
            "\\",
            "#",
            ">",
            "-",
            "\n",
            "\u0301",
            "😀",
            "*a ",
            "_a ",
            "`a",
        ),
        *("**a", "[a", "[[a]", "![", "[a](", "[a](b(", '[a](b "', "<a ", '<a b="', "<!--", "<spell>", "</spell", "&a"),
    ],
)
def test_time_grows_with_the_length_only(pattern: str) -> None:
    """10,000 characters that may all begin a mark take no time to speak of, fed one by one."""
    text = (pattern * 10_000)[:10_000]
    started = time.perf_counter()
    fed(*text)
    assert time.perf_counter() - started < 1
