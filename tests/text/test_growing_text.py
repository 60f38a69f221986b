"""Text that is made fit to be spoken while it is still being written."""

# ruff: noqa: RUF001 - the texts are in many scripts

from itertools import pairwise
import unicodedata

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.kugelaudio.text import PlainText, SpokenText, spoken

MARKS = [
    *("*", "**", "***", "_", "__", "~~", "~", "`", "``", "```", "```\n", "[", "]", "](", "(", ")", "[1]"),
    *("[^1]", "![", "# ", "##", "#", "- ", "-", "---", "|", " | ", "> ", ">", "+ ", "1. ", "=", "===", "\\"),
    *("<!--", "-->", "\n", "\r", " ", "<", "</", "/>", "<b>", "<b", "<s>", "</s>", "<td>", "<spell>"),
    *("</spell>", "<break/>", "<prosody rate='slow'>", "</prosody>", '="', '"', "<sub alias='x'>", "</sub>"),
    *("<x y='", "<foo>", "</foo>", "<![CDATA[", "]]>", "<!DOCTYPE", "<think>", "</think>", "<tool_call>"),
    *("</tool_call>", "<|im_start|>", "<|", "|>", "[INST]", "[/INST]", "<<SYS>>", "<|channel|>", "analysis"),
    *("<|message|>", "<|end|>", "\u3010", "\u3011", "†", "\ue200", "\ue201", "[x]", "[ ] ", "Press ", "$"),
    *("$$", "\\(", "\\)", "\\[", "\\]", "\\frac", "\\times", "{", "}", "^2", "\\n", "\\t", "\\u00e9"),
    *("\x1b[", "31m", "&", "&amp;", "amp;", "http://", "https://a.b/c", "www.", "/", ":", "C:\\", ".", ","),
    *("a@b.c", "Wort", "a", "5", "py", "é", "e", "\u0301", "\u0327", "か", "\u3099", "\u1112", "\u1161"),
    *("\u11ab", "重要", "。", "خ", "\u0653", "ב", "거실", "😀", "\u200d", "\ufe0f", "\U0001f3fd", "\u20e3", "ℹ"),
    *("\U0001f1e9", "\ud83d", "\ude00", "✅", "➡️", "❓", "★", "☆", "\u200b", "\u00ad", "│", "─", "●", "–"),
    *("°C", "words " * 20),
    *("[cite: 1]", "[1, 2]", "[1] and ", "¹", "****", "☑", "☐ ", "・", "[!NOTE]", "key: ", "a) ", "\n- 21 °C x"),
    *("$_2$", "$20^\\circ$", "\\begin{align}", "\\end{align}", "\\mu ", "<|turn>", "<turn|>", "<co: 1>"),
    "<grok:render ",
]


MARKDOWN = st.lists(st.sampled_from(MARKS), max_size=30).map("".join)


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


MOST_HELD = 60


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
        (["*a", " b", "*.", " c."], ["", "a ", "b.", " c.", ""]),
        (["_a", " b", "_.", " c."], ["", "a ", "", "b. c.", ""]),
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


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(MARKDOWN, ANYTHING))
def test_no_construct_holds_much_back(text: str) -> None:
    """Sixty characters are two words too late at most; a release leaves nothing but marks."""
    growing = SpokenText()
    for character in text:
        growing.feed(character)
        assert len(growing.held) <= MOST_HELD


BEGINNINGS = [
    *("*a", "*", "**", "_a", "__a", "~~a", "`", "``", "``` ", "[", "![", "[a", "[a](", "[a](x", "[^", "<a"),
    *("<a b", "<foo>", "&", "&#", "#", "-", "- 5 ", "> 5 ", "|", "|a", "a|b", "$", "$$", "\\(", "\\["),
    *("\\frac{", "$\\sqrt{", "\\", "\\u0", "([1", "\u3010", "★", "https://", "www.", "<https://", "[INST"),
    *("<|", "<<", "\x1b[", "a\u0301", "[x]: ", "![a](", '[a](b "'),
]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_what_is_never_closed_is_given_up(beginning: str) -> None:
    """Words behind the beginning of a mark are held for 60 characters at most, and then said."""
    growing = SpokenText()
    longest = 0
    words = ""
    for character in beginning + "abc " * 150:
        words += growing.feed(character)
        longest = max(longest, len(growing.held))
    assert longest <= MOST_HELD
    assert words.endswith("abc abc abc")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 [a b\n2.", "1 [a b\n2."),
        ("1 ![a b\n2.", "1 ![a b\n2."),
        ("1 [a](b \n2.", "1 [a](b\n2."),
        ("1 <a \n2.", "1 <a\n2."),
        ("1 &a b\n2.", "1 &a b\n2."),
        ("1 $x= b\n2.", "1 $x= b\n2."),
        ("1 *a b\n2.", "1 a b\n2."),
        ("1 _a b\n2.", "1 a b\n2."),
        ("1 `a b\n2.", "1 a b\n2."),
        ("1 ~~a b\n2.", "1 a b\n2."),
    ],
)
def test_a_new_line_decides(text: str, words: str) -> None:
    """What has to be closed in its line passes when the line ends; what can only be a mark goes."""
    assert fed(text)[0] == words


def test_a_pause_gives_out_what_is_held() -> None:
    """A text can go on after its end was declared, so a stalled one can be spoken as far as it goes."""
    text = SpokenText()
    assert text.feed("Let me check") == "Let me chec"
    assert text.finish() == "k"
    assert text.feed(" *now*.") == " now."
    assert text.finish() == ""


@pytest.mark.parametrize(
    ("delta", "released", "rest", "then"),
    [
        ("See [the manual", " [the manual", " now.", " now."),
        ("It is 5.5", "", " °C.", " °C."),
        ("Cafe", "e", " now.", " now."),
        ("A `code", " code", " x.", " x."),
        ("Now <thi", "", "nk>hm</think>go.", " go."),
        ("Now **", "", "go**.", " go."),
        ("Now [INS", "", "T]hm[/INST]go.", " go."),
        ("<think>hm", "", "</think>Go.", "Go."),
        ("It is on\n", "", "or off.", " or off."),
    ],
)
def test_a_short_pause_gives_out_words_but_no_marks(delta: str, released: str, rest: str, then: str) -> None:
    """What holds no word yet, or is hidden, waits for what it becomes."""
    text = SpokenText()
    text.feed(delta)
    assert text.release() == released
    assert text.feed(rest) + text.finish() == then


def test_plain_text_gives_out_its_letter() -> None:
    """It holds back nothing else."""
    text = PlainText()
    assert text.feed("Cafe") + text.release() == "Cafe"
