"""Text that is spoken as it is written."""

from itertools import pairwise
import unicodedata

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.text import PlainText


@pytest.mark.parametrize(
    ("deltas", "outputs"),
    [
        (["Hello", " world"], ["Hell", "o worl"]),
        (["Cafe", "\u0301", "s"], ["Caf", "", "\u00e9"]),
        (["\u0301a"], ["\u0301"]),
        ([""], [""]),
    ],
)
def test_plain_text_holds_back_one_letter(deltas: list[str], outputs: list[str]) -> None:
    """Only what a mark of the next delta may still join; marks and formatting stay."""
    plain = PlainText()
    assert [plain.feed(delta) for delta in deltas] == outputs
    assert "".join(outputs) + plain.finish() == unicodedata.normalize("NFC", "".join(deltas))


@given(st.text(alphabet="abe\u0301\u0308 *[", max_size=30), st.lists(st.integers(0, 30)))
def test_plain_text_is_the_same_however_it_is_split(text: str, cuts: list[int]) -> None:
    """And is what NFC makes of the whole."""
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    plain = PlainText()
    assert "".join(plain.feed(text[a:b]) for a, b in pairwise(edges)) + plain.finish() == unicodedata.normalize(
        "NFC", text
    )
