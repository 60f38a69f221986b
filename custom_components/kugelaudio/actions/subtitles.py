"""Subtitles: words and their times as a file that players show, without any I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
import re
from typing import Final
import unicodedata

from ..api.models import Word

_LINE_LENGTH: Final = 42
_LINES: Final = 2
_LONGEST_MS: Final = 6000
# A sentence that is shorter than this stays with the next one: nobody can read it in that time.
_SHORTEST_MS: Final = 1000
_PAUSE_MS: Final = 700

_SENTENCE_END: Final = re.compile(r"[.!?…。！？।۔؟]['\"’”»)\]」』]*\Z")  # noqa: RUF001 - how others end their sentences
_CLAUSE_END: Final = re.compile(r"[,;:–—、，；：،؛]['\"’”»)\]」』]*\Z")  # noqa: RUF001 - as above
# Thai, kana and ideographs are written without blanks between words.
_UNSPACED: Final = re.compile(r"[\u0e00-\u0e7f\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
# Control characters end a line or a file early, and half a character cannot be written at all.
_UNWRITABLE: Final = frozenset({"Cc", "Cs"})


class SubtitleFormat(StrEnum):
    """The formats, by the ending of their files."""

    SRT = "srt"
    VTT = "vtt"


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at one time. Times are milliseconds of the audio."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...] = field(repr=False)


def subtitles(words: Iterable[Word], subtitle_format: SubtitleFormat) -> str:
    """Return the text of a subtitle file."""
    cues = cues_of(words)
    if subtitle_format is SubtitleFormat.SRT:
        return "\n".join(_srt(number, cue) for number, cue in enumerate(cues, 1))
    return "\n".join(("WEBVTT\n", *map(_vtt, cues)))


def cues_of(words: Iterable[Word]) -> list[Cue]:
    """Return what is shown when: short enough to be read at a glance, in the order of the words, one at a time."""
    cues: list[Cue] = []
    rest = _readable(words)
    while rest:
        length = _cue_length(rest)
        shown, rest = rest[:length], rest[length:]
        cues.append(Cue(shown[0].start_ms, shown[-1].end_ms, _lines(shown)))
    return cues


def _readable(words: Iterable[Word]) -> list[Word]:
    """Return the words that can be shown, each after the one before it."""
    readable: list[Word] = []
    now_ms = 0
    for word in words:
        text = "".join(sign for sign in " ".join(word.text.split()) if unicodedata.category(sign) not in _UNWRITABLE)
        if text.strip():
            start_ms = max(word.start_ms, now_ms)
            now_ms = max(word.end_ms, start_ms + 1)
            readable.append(Word(text.strip(), start_ms, now_ms))
    return readable


def _cue_length(words: Sequence[Word]) -> int:
    """Return how many of the words make the next cue: a sentence or what there is until a pause, if it fits."""
    for length in range(1, len(words)):
        last, following = words[length - 1], words[length]
        is_short = last.end_ms - words[0].start_ms < _SHORTEST_MS
        has_ended = _SENTENCE_END.search(last.text) and not is_short
        if has_ended or following.start_ms - last.end_ms >= _PAUSE_MS:
            return length
        if following.end_ms - words[0].start_ms > _LONGEST_MS or len(_lines(words[: length + 1])) > _LINES:
            return _clause_length(words[:length])
    return len(words)


def _clause_length(words: Sequence[Word]) -> int:
    """Return where to part words that are too many with the next: behind a clause of the second half, if there is."""
    ends = (length for length in range(len(words), len(words) // 2, -1) if _CLAUSE_END.search(words[length - 1].text))
    return next(ends, len(words))


def _lines(words: Sequence[Word]) -> tuple[str, ...]:
    """Return the words in lines; one that is longer than a line has a line of its own."""
    lines = [words[0].text]
    for word in words[1:]:
        gap = "" if _UNSPACED.match(lines[-1][-1]) and _UNSPACED.match(word.text) else " "
        if len(longer := f"{lines[-1]}{gap}{word.text}") <= _LINE_LENGTH:
            lines[-1] = longer
        else:
            lines.append(word.text)
    return tuple(lines)


def _srt(number: int, cue: Cue) -> str:
    """Return a cue of SubRip, which has no way to write an arrow of its own."""
    text = "\n".join(cue.lines).replace("-->", "→")
    return f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{text}\n"


def _vtt(cue: Cue) -> str:
    """Return a cue of WebVTT."""
    text = escape("\n".join(cue.lines), quote=False)
    return f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n{text}\n"


def _time(moment_ms: int, point: str) -> str:
    """Return a moment as both formats write it, but for the decimal point."""
    seconds, ms = divmod(moment_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{ms:03}"
