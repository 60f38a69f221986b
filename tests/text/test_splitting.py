"""A text that is too long for one generation."""

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.text.splitting import split


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("Short.", 10, ["Short."]),
        ("  Short.  ", 6, ["Short."]),
        ("One two. Three.\n\nFour five six.", 20, ["One two. Three.", "Four five six."]),
        ("One two. Three four five six.", 20, ["One two. Three four", "five six."]),
        ("One two three. Four five six.", 20, ["One two three.", "Four five six."]),
        ('He said "Stop!" Then he left.', 20, ['He said "Stop!"', "Then he left."]),
        ("first one, second one and third", 20, ["first one,", "second one and third"]),
        ("one two three four five", 10, ["one two", "three four", "five"]),
        ("Donaudampfschifffahrt", 10, ["Donaudampf", "schifffahr", "t"]),
        ("洗衣机洗完了。请把衣服拿出来。谢谢。", 10, ["洗衣机洗完了。", "请把衣服拿出来。", "谢谢。"]),
        ("Call <spell>A B C D E F</spell> now.", 26, ["Call", "<spell>A B C D E F</spell>", "now."]),
        ('Wait <break time="300ms"/> a bit.', 24, ["Wait", '<break time="300ms"/> a', "bit."]),
    ],
)
def test_it_is_cut_where_it_is_least_heard(text: str, limit: int, parts: list[str]) -> None:
    """Between paragraphs, else sentences, clauses, words; what belongs together stays together."""
    assert split(text, limit) == parts


@given(st.text(alphabet="ab .,!?\n<>/", max_size=300), st.integers(min_value=5, max_value=60))
def test_nothing_is_lost_and_nothing_too_long(text: str, limit: int) -> None:
    """Every sign but blanks is there, in its order."""
    parts = split(text, limit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part) <= limit for part in parts)
