"""What models, templates and people really write, kind by kind."""

import json
from pathlib import Path
import re

import pytest

from custom_components.kugelaudio.text import SpokenText, passages, spoken

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "messages.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("\n## Formatting")[2].partition("\n## ")[0]
EXAMPLES = re.findall(r"^\| `(.+)` \| (.+) \|$", SECTION, re.MULTILINE)
FEWEST_EXAMPLES = 15
CASES = [
    pytest.param(case["input"], case["lang"], case["expected"], id=f"{case['kind']}: {case['input'][:30]!r}")
    for name in ("cases.jsonl", "kinds.jsonl")
    for case in map(json.loads, (FOLDER / name).read_text(encoding="utf-8").splitlines())
]


def parts(text: str) -> list[str]:
    """Return the texts between marks."""
    texts = [""]
    for passage in passages(text):
        if isinstance(passage, str):
            texts[-1] += passage
        else:
            texts.append("")
    return texts


def one_by_one(text: str, language: str) -> str:
    """Return what is spoken of a text that is written character by character."""
    growing = SpokenText(language)
    return "".join(map(growing.feed, text)) + growing.finish()


def comparable(text: str) -> str:
    """Return a text with runs of blanks and of line ends as one each."""
    return re.sub(r"\n+", "\n", re.sub(r"[ \t]+", " ", text)).strip()


@pytest.mark.parametrize(("text", "language", "expected"), CASES)
def test_text_is_read_as_a_person_would_read_it(text: str, language: str, expected: str) -> None:
    """At once and character by character."""
    for read in (spoken, one_by_one):
        heard = [comparable(read(part, language)) for part in parts(text)]
        assert " / ".join(filter(None, heard)) == comparable(expected)


@pytest.mark.parametrize(("written", "words"), EXAMPLES)
def test_examples_of_the_page_are_true(written: str, words: str) -> None:
    """What docs/messages.md says of formatting."""
    assert spoken(written.replace("&#124;", "|")) == words


def test_the_page_has_examples() -> None:
    """They are found at all."""
    assert len(EXAMPLES) > FEWEST_EXAMPLES
