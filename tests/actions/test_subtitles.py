"""Subtitles: readable at a glance, in time with the speech, and files that players take."""

from html import unescape
import re
from typing import Final
import unicodedata

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.actions.subtitles import Cue, SubtitleFormat, cues_of, subtitles
from custom_components.kugelaudio.api.models import Word

TIMES: Final = {
    SubtitleFormat.SRT: re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d),(\d{3})"),
    SubtitleFormat.VTT: re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"),
}
ANY_WORDS: Final = st.lists(st.builds(Word, st.text(max_size=60), st.integers(-9, 10**7), st.integers(-9, 10**7)))
# Words of a voice that speaks without a break.
SPOKEN_WORDS: Final = st.lists(
    st.tuples(st.from_regex(r"[a-z]{1,14}[.,!?]?", fullmatch=True), st.integers(80, 900)), max_size=80
)


def spoken(text: str, word_ms: int = 300, pauses: dict[str, int] | None = None) -> list[Word]:
    """Return the words of a text, all of the same length, with a pause in ms behind some of them."""
    words: list[Word] = []
    now_ms = 0
    for word in text.split(" "):
        words.append(Word(word, now_ms, now_ms + word_ms))
        now_ms += word_ms + (pauses or {}).get(word, 0)
    return words


def shown(words: list[Word]) -> list[str]:
    """Return the text of every cue."""
    return ["\n".join(cue.lines) for cue in cues_of(words)]


def moment(hours: str, minutes: str, seconds: str, ms: str) -> int:
    """Return a moment in ms."""
    return 1000 * (60 * (60 * int(hours) + int(minutes)) + int(seconds)) + int(ms)


def read(text: str, subtitle_format: SubtitleFormat) -> list[Cue]:
    """Read a file as a player does that forgives nothing."""
    blocks = [block.split("\n") for block in text.removesuffix("\n").split("\n\n")] if text else []
    if subtitle_format is SubtitleFormat.VTT:
        assert blocks.pop(0) == ["WEBVTT"]
    else:
        assert [block.pop(0) for block in blocks] == [str(number) for number in range(1, len(blocks) + 1)]
    cues: list[Cue] = []
    for times, *lines in blocks:
        found = TIMES[subtitle_format].fullmatch(times)
        assert found
        assert not any("-->" in line or not line.strip() for line in lines)
        cues.append(Cue(moment(*found.groups()[:4]), moment(*found.groups()[4:]), tuple(lines)))
    return cues


@pytest.mark.parametrize("subtitle_format", SubtitleFormat)
def test_every_sentence_has_its_own_cue(subtitle_format: SubtitleFormat) -> None:
    """With the times of its first and last word, and two lines where one is not enough."""
    words = spoken("The washing machine in the cellar has finished. It was 3 hours & 5 minutes.")
    assert read(subtitles(words, subtitle_format), subtitle_format) == [
        Cue(0, 2400, ("The washing machine in the cellar has", "finished.")),
        Cue(
            2400,
            4500,
            ("It was 3 hours & 5 minutes." if subtitle_format == "srt" else "It was 3 hours &amp; 5 minutes.",),
        ),
    ]


def test_files_look_as_their_formats_want_it() -> None:
    """Down to the last sign, also beyond an hour."""
    words = [Word("Late,", 3_599_999, 3_600_500), Word("a<b", 3_600_500, 3_601_001)]
    assert subtitles(words, SubtitleFormat.SRT) == "1\n00:59:59,999 --> 01:00:01,001\nLate, a<b\n"
    assert subtitles(words, SubtitleFormat.VTT) == "WEBVTT\n\n00:59:59.999 --> 01:00:01.001\nLate, a&lt;b\n"


def test_nothing_spoken_makes_files_without_cues() -> None:
    """They are valid all the same."""
    assert subtitles([], SubtitleFormat.SRT) == ""
    assert subtitles([], SubtitleFormat.VTT) == "WEBVTT\n"


def test_an_arrow_in_the_text_is_none_of_the_file() -> None:
    """Players would take it for times."""
    words = [Word("1-->2", 0, 500)]
    assert subtitles(words, SubtitleFormat.SRT) == "1\n00:00:00,000 --> 00:00:00,500\n1→2\n"
    assert "1--&gt;2" in subtitles(words, SubtitleFormat.VTT)


@pytest.mark.parametrize(
    ("text", "pauses", "cues"),
    [
        ("Dr. Miller has called.", {}, ["Dr. Miller has called."]),
        ("“Come down now!” It is ready.", {}, ["“Come down now!”", "It is ready."]),
        ("Wait a moment please", {"Wait": 700}, ["Wait", "a moment please"]),
        ("Wait a moment please", {"Wait": 699}, ["Wait a moment please"]),
    ],
    ids=["short sentence", "closing quote", "pause", "no pause"],
)
def test_a_cue_ends_with_a_sentence_or_before_a_pause(text: str, pauses: dict[str, int], cues: list[str]) -> None:
    """But not with a sentence that is too short to be read."""
    assert shown(spoken(text, 400, pauses)) == cues


def test_a_long_sentence_is_parted_behind_a_clause() -> None:
    """Else where it does not fit any more."""
    text = (
        "Since the window in the bedroom is still open, the heating there has been turned off until somebody closes it"
    )
    assert shown(spoken(text, 150)) == [
        "Since the window in the bedroom is still\nopen,",
        "the heating there has been turned off\nuntil somebody closes it",
    ]
    assert shown(spoken(text.replace(",", ""), 150)) == [
        "Since the window in the bedroom is still\nopen the heating there has been turned off",
        "until somebody closes it",
    ]


def test_a_slow_sentence_is_parted_by_time() -> None:
    """Nothing stays for more than six seconds."""
    assert shown(spoken("one two three four five six seven", 1100)) == ["one two three four five", "six seven"]


def test_signs_of_scripts_without_blanks_stay_together() -> None:
    """Words of other scripts are parted from them."""
    assert shown(spoken("洗濯 が 終わり ました。 OK 안녕 하세요")) == ["洗濯が終わりました。", "OK 안녕 하세요"]


@given(ANY_WORDS, st.sampled_from(SubtitleFormat))
def test_any_words_make_a_valid_file(words: list[Word], subtitle_format: SubtitleFormat) -> None:
    """Every cue of it is read as it was meant, can be written to disk, and shows one thing at a time."""
    cues = cues_of(words)
    text = subtitles(words, subtitle_format)
    read_back = read(text.encode().decode(), subtitle_format)
    assert [(cue.start_ms, cue.end_ms) for cue in read_back] == [(cue.start_ms, cue.end_ms) for cue in cues]
    if subtitle_format is SubtitleFormat.VTT:
        assert [tuple(map(unescape, cue.lines)) for cue in read_back] == [cue.lines for cue in cues]
    moments = [moment for cue in cues for moment in (cue.start_ms, cue.end_ms)]
    assert moments == sorted(moments)
    assert all(cue.start_ms < cue.end_ms for cue in cues)


@given(ANY_WORDS)
def test_no_word_is_lost(words: list[Word]) -> None:
    """All of them are shown, in their order."""
    text = "".join(line for cue in cues_of(words) for line in cue.lines)
    said = "".join(sign for word in words for sign in word.text if unicodedata.category(sign) not in {"Cc", "Cs"})
    assert "".join(text.split()) == "".join(said.split())


@given(SPOKEN_WORDS)
def test_every_cue_can_be_read_at_a_glance(lengths: list[tuple[str, int]]) -> None:
    """Two lines of 42 signs, for six seconds, at the time at which they are heard."""
    words: list[Word] = []
    for text, length_ms in lengths:
        start_ms = words[-1].end_ms if words else 0
        words.append(Word(text, start_ms, start_ms + length_ms))
    cues = cues_of(words)
    for cue in cues:
        assert len(cue.lines) <= 2
        assert all(len(line) <= 42 for line in cue.lines)
        assert cue.end_ms - cue.start_ms <= 6000
    assert {cue.start_ms for cue in cues} <= {word.start_ms for word in words}
    assert {cue.end_ms for cue in cues} <= {word.end_ms for word in words}
