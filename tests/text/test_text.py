"""Text of a language model becomes what a person would read out, also while it is being written."""

# ruff: noqa: RUF001 - the texts are in many scripts

import pytest

from custom_components.kugelaudio.text import spoken


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("*a* und **b** und ***c***", "a und b und c"),
        ("_a_ and __b__ and ~~c~~.", "a and b and."),
        ("**Küche:** *sehr* hell, (**22 °C**)!", "Küche: sehr hell, (22 °C)!"),
        ("**Haus**tür und *The Great Gatsby*.", "Haustür und The Great Gatsby."),
        ("*a **b** c* _d __e__ f_", "a b c d e f"),
        ("これは**重要**です。**「引用」**と*強調*です", "これは重要です。「引用」と強調です"),
        ("서울은 **수도**입니다", "서울은 수도입니다"),
        ("هذا **مهم** جدا", "هذا مهم جدا"),
        ("**bold on two\nlines**", "bold on two lines"),
        ("**2**3**", "23"),
    ],
)
def test_emphasis_keeps_its_words(markdown: str, words: str) -> None:
    """Marks that emphasise are not read out, in scripts with and without blanks."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Wetter\n\nSonnig", "Wetter\n\nSonnig"),
        ("###### Title\ntext", "Title\ntext"),
        ("#\ntext", "text"),
        ("Title\n=====\ntext", "Title\ntext"),
        ("- one\n* two\n+ three\n• four", "one\ntwo\nthree\nfour"),
        ("1. eins\n2) zwei\n   - drei", "1. eins\n2) zwei\ndrei"),
        ("- [ ] this\n- [x] that", "open: this\ndone: that"),
        ("- [x]\n- [ ] that", "open: that"),
        ("- # Title\n- - 5 °C", "Title\n5 °C"),
        ("> quoted\n>> twice\n>\n> - item", "quoted\ntwice\n\nitem"),
        ("a\n\n---\n\nb\n* * *\nc\n___\nd", "a\n\nb\nc\nd"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("p\r\nq\rr", "p\nq\nr"),
        ("one  \ntwo\\\nthree", "one\ntwo\nthree"),
        ("✅ - done", "done"),
    ],
)
def test_lines_keep_their_words_and_the_pause_behind_them(markdown: str, words: str) -> None:
    """Headings, items and quotes lose their marks, not their line; what only draws a line is not said."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("| Room | °C |\n|------|:--:|\n| Bath | -5 |\n\nEnd", "Room, °C\nBath, -5\n\nEnd"),
        ("|a|b|\n|-|-|\n|1||", "a, b\n1"),
        ("||a|", "a"),
        ("| Hot! | | **yes** |", "Hot! yes"),
        ("x|y or a||b", "x|y or a||b"),
        ("-" * 300 + "\nb", "b"),
    ],
)
def test_tables_are_read_cell_by_cell(markdown: str, words: str) -> None:
    """Cells are separated by commas, rows by lines; the row of dashes is not said."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("see [the manual](https://x.y/a_(b)) now", "see the manual now"),
        ('[text](https://x.y "Title") and [t]( /p )', "text and t"),
        ("[**bold** and [in](u) `code`](u).", "bold and in code."),
        ("![a cat](cat.png) [![b](i)](u) [](u)", "a cat b"),
        ("Oh! ![", "Oh! !["),
        ("!important !(a) ![b] [c", "!important !(a) ![b] [c"),
        ("<https://x.y/a_b_c> <mail_to@x.org>", "x.y mail_to@x.org"),
        ("[text](not a link) [text] (neither) [x\nY](u)", "[text](not a link) [text] (neither) [x\nY](u)"),
        ("[[[[deep](u)](u)](u)](u)", "deep"),
        ("[" + "a" * 600 + "](u) b", "a" * 600 + " b"),
    ],
)
def test_links_and_images_are_their_text(markdown: str, words: str) -> None:
    """Targets are not read out, except where they are the text."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Rome[1] is old [2][3].", "Rome is old."),
        ("Rome[^1] is [^note], old", "Rome is, old"),
        ("東京[1]は大きい", "東京は大きい"),
        ("Rome [1](https://x.y), [[2]](https://x.y).", "Rome,."),
        ("Rome\ue200cite\ue202turn0\ue201 is old.", "Rome is old."),
        ("Rome \ue200cite is old.", "Rome is old."),
        ("[^1]: A book.\n[2]: Another.", "A book.\nAnother."),
        ("[1, 2, 3] a[1] x = [1] list[0] [1]st [2024]", "[1, 2, 3] a[1] x = [1] list[0] [1]st [2024]"),
    ],
)
def test_notes_are_left_out(markdown: str, words: str) -> None:
    """Footnotes and citations go; lists of numbers and indices stay."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Run `a_b*c*` or ``x ` y``.", "Run a_b*c* or x ` y."),
        ("`List <b>x</b> 😀`", "List <b>x</b>"),
        ("```python\nx = 2*a*b  # *c*\n\ty_z_\n```\nDone", "x = 2*a*b # *c*\ny_z_\nDone"),
        ("~~~\n# a\n~~~~\n*b*", "# a\nb"),
        ("  ````\n```\n[a](b)", "```\n[a](b)"),
        ("```\n" + "x" * 600 + "\n```", "x" * 600 + "\n"),
        ("```", ""),
        ("```inline``` code", "inline code"),
        ("`open\nLine` and ````", "open\nLine and"),
    ],
)
def test_code_is_read_as_it_stands(markdown: str, words: str) -> None:
    """Fences and backticks go, and what is between them keeps its asterisks and underscores."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Hi 😀! Fine 👍🏽 then 👨‍👩‍👧.", "Hi! Fine then."),
        ("Hi😀there ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇩🇪 x 🏃🏽‍➡️", "Hi there x"),
        ("1️⃣ Open 2️⃣ Close", "1 Open 2 Close"),
        ("ℹ️ Info ⚠️ ▶️ go ↔️", "Info go"),
        ("© ™ → ↔ ℹ ♯ ❶ ▶", "© ™ → ↔ ℹ ♯ ❶ ▶"),
        ("می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"),
        ("**⚠️ Achtung:** heiß", "Achtung: heiß"),
    ],
)
def test_emoji_are_left_out(markdown: str, words: str) -> None:
    """Sequences go as a whole without a trace; the digit of a keycap and signs that are text stay."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        (r"\*no\* 1\. foo\_bar \# \<b> \[a](b) \a", "*no* 1. foo_bar # <b> [a](b) \\a"),
        ("Q&amp;A &lt; &#228;&#xDF; &nosuch; AT&T & co&", "Q&A < äß &nosuch; AT&T & co&"),
        ("&#128512;&amp;lt;", "&lt;"),
    ],
)
def test_escapes_and_entities_are_what_they_stand_for(markdown: str, words: str) -> None:
    """They are decoded once, unknown ones stay."""
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    "text",
    [
        '<break time="300ms"/> <break time=\'1.5s\' /> <break/> <break strength="strong"/> <break></break>',
        '<spell>A*B*_c_  [1](u) &amp; 😀 <x></spell> <spell group="2">A4B9XZ</spell>',
        "<prosody rate=\"slow\">Langsam</prosody>, <prosody rate='1.2'>fast</prosody>",
        "say /ˈkuːɡl̩/ and /həˈləʊ/",
        "<SPELL>a</Spell>",
    ],
)
def test_tags_of_the_server_pass(text: str) -> None:
    """Breaks, spelling with what is spelled, rates and pronunciations are not touched."""
    assert spoken(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a <emphasis level="strong">b</emphasis> <i>c</i>, <x:y z=1>d</x:y>', "a b c, d"),
        ("one<br>two<br/><p>three</p>four", "one\ntwo\nthree\nfour"),
        ("a <!-- not\nsaid --> b", "a b"),
        (
            '<prosody pitch="high">a <prosody rate="slow">b</prosody></prosody></prosody>',
            'a <prosody rate="slow">b</prosody>',
        ),
        ('<prosody rate="fast"/>a</spell><spell/>', "a"),
        ("<spell>*a\n*b*</spell>", "<spell>*a</spell>\nb"),
        ('<a href="' + "x" * 400 + '">b', "b"),
    ],
)
def test_other_tags_go(text: str, words: str) -> None:
    """What the server does not know, and ends without a beginning, are taken out of their content."""
    assert spoken(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "a < b, 5 > 3, I <3 you, x<y and y>z, a <b and c> d, 1<2 <- -> <= >= </ 3",
        "2*3*4 = 24, 5 * 3 = 15, 2 ** 3, 2**3, x *= 2, 0 */5 * * *",
        "pass****word, ** or *** or ****, *****",
        "*args, snake_case_name, __init__.py, __init__(self), _private, _____",
        "C# and F# and #1, #hashtag, 1_000, 50 %, ~5 °C, ~~ and ~, 3 m², ½",
        "12:30 Uhr, 24/7, and/or, 3,50 €, $1,234.56, 19.99 EUR, +49 170 1234567, § 5 Abs. 2",
        "-5 °C draußen",
        "+3 °C draußen",
        ">5 und #1",
        "#1 of 7",
        "--help",
        "=5",
        "####### 7",
        "~/config and /etc/*.conf and /var/_x_/*.log and src/**/*.py",
        r"C:\Users\_x_\*.txt and \\server\_share_\[1]",
        "sftp://x.y/_a_/b*c*d~~e?f=1&amp;g=[1]!h#i and media-source://x/a_b_c",
        "first_last@x_y.org, a.b+c_d@x.org",
        "Lehrer*innen und Preis* (*inkl. MwSt.)",
        "気温は-5℃、50%、12:30です。#1と2*3",
        "درجة الحرارة ٥ °م، 50٪ و 24/7",
        "Bonjour ! Ça va ? « Oui »",
        "日本 rtsp://x.y/a_b_cです",
    ],
)
def test_ordinary_text_is_not_damaged(text: str) -> None:
    """Numbers, units, prices, addresses, paths, names and comparisons stay as they are."""
    assert spoken(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**rtsp://x.y/a_b** is bold", "rtsp://x.y/a_b is bold"),
        ("see rtsp://x.y/_a_ and _b_ or rtsp://x.yです_ _c_", "see rtsp://x.y/_a_ and b or rtsp://x.yです_ c"),
        ("- 5 eggs", "5 eggs"),
        ("a  b \t c", "a b c"),
        (" leading and trailing ", "leading and trailing"),
        ("\n\n \n", ""),
    ],
)
def test_what_is_ambiguous_is_decided_by_what_stands_beside_it(text: str, words: str) -> None:
    """An address ends at a blank or another script, a list item begins with a blank, blanks become one."""
    assert spoken(text) == words
