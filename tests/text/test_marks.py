"""Marks in a text: found however it is split, and nothing else is taken for one."""

from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.kugelaudio.text import Marks, Passage, PauseMark, VoiceMark, passages, without_marks

PIECES = [
    *("[voice:Nathan Cole]", "[VOICE: Hans ]", "[pause:300]", "[Pause: 20 ms]", "[voice:]", "[pause:x]", "[pause:]"),
    *(
        "[",
        "]",
        "[[",
        "[voice",
        "[voice:",
        "[v",
        "[pause:3",
        "[p",
        "Hello",
        " ",
        "\n",
        "300",
        ":",
        "ms",
        "é",
        "[link](x)",
    ),
    *("**", "*", "`", "- ", "1. ", "<think>", "</think>", "<thi", "[INST]", "[/INST]", "<|im_start|>"),
    *("[voice:a[voice:b]", "[voice:" + "n" * 81 + "]", "[voice:line\nbreak]", "[pause:123456]"),
]
MOST_HELD = 60
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=40))
CUTS = st.lists(st.integers(min_value=0, max_value=200), max_size=10)


def joined(found: list[Passage]) -> list[Passage]:
    """Return passages with neighbouring texts joined."""
    result: list[Passage] = []
    for passage in found:
        if isinstance(passage, str) and result and isinstance(result[-1], str):
            result[-1] += passage
        else:
            result.append(passage)
    return result


@settings(max_examples=500, deadline=None)
@given(text=TEXTS, cuts=CUTS)
def test_every_split_gives_the_same(text: str, cuts: list[int]) -> None:
    """The text between marks comes out whole, in its order."""
    borders = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    marks = Marks()
    found = [passage for start, end in pairwise(borders) for passage in marks.feed(text[start:end])]
    assert len(marks.held) <= MOST_HELD
    assert joined([*found, *marks.finish()]) == joined(passages(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello.", ["Hello."]),
        ("", []),
        ("[voice:Nathan Cole] Hi.", [VoiceMark("Nathan Cole"), " Hi."]),
        ("One [Voice: hans ] two", ["One ", VoiceMark("hans"), " two"]),
        ("[pause:300][pause: 20 ms]x", [PauseMark(300), PauseMark(20), "x"]),
        ("[pause:99999]", [PauseMark(10_000)]),
        ("[voice:] [voice: ] [pause:] [voices:a]", ["[voice:] [voice: ] [pause:] [voices:a]"]),
        ("[voice:a[voice:b]", ["[voice:a", VoiceMark("b")]),
        ("a [link](x) and [1]", ["a [link](x) and [1]"]),
        ("[voice:two\nlines]", ["[voice:two\nlines]"]),
        (f"[voice:{'n' * 44}]", [VoiceMark("n" * 44)]),
        (f"[voice:{'n' * 45}]", [f"[voice:{'n' * 45}]"]),
        ("**[voice:Anna]** Hello", [VoiceMark("Anna"), " Hello"]),
        ("`[voice:Anna]`: Hello", [VoiceMark("Anna"), " Hello"]),
        ("**[voice:Anna]:** Hello", [VoiceMark("Anna"), " Hello"]),
        ("**[voice:Anna] Hello** you", [VoiceMark("Anna"), "**Hello** you"]),
        ("*[pause:20]", [PauseMark(20), "*"]),
        ("1. [voice:Anna] Hello\n2. [pause:20] Hi", [VoiceMark("Anna"), " Hello\n2. ", PauseMark(20), " Hi"]),
        ("- [voice:Anna]", [VoiceMark("Anna")]),
        ("a 1. [voice:Anna]", ["a 1. ", VoiceMark("Anna")]),
        ("<think>[voice:A]</think>[voice:B]", ["<think>[voice:A]</think>", VoiceMark("B")]),
        ("`<think>` [voice:B]", ["`<think>` ", VoiceMark("B")]),
        ("<think>[voice:A]", ["<think>[voice:A]"]),
    ],
)
def test_marks_are_told_from_text(text: str, found: list[Passage]) -> None:
    """Names and numbers in the right brackets only; letters may be large or small."""
    assert joined(passages(text)) == found


def test_only_what_may_become_a_mark_is_held_back() -> None:
    """The words in front of it are spoken meanwhile, and it is spoken itself as soon as it is none."""
    marks = Marks()
    assert marks.feed("Good evening [") == ["Good evening "]
    assert marks.feed("voi") == []
    assert marks.feed("d] and ") == ["[void] and "]
    assert marks.feed("[pause:2") == []
    assert marks.feed("50") == []
    assert marks.feed("]now") == [PauseMark(250), "now"]
    assert marks.feed("[") == []
    assert marks.finish() == ["["]
    assert marks.finish() == []


def test_displays_get_the_words_alone() -> None:
    """Without marks and double blanks."""
    assert without_marks("[voice:Hans] Knock. [pause:300] [voice:Anna]Who is it? [x]") == "Knock. Who is it? [x]"
