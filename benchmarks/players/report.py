"""What was found, as tables for docs/players.md."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
import re
import subprocess
from typing import Final

from benchmarks.fetch import SECONDS_PER_CHARACTER
from benchmarks.report import machine, render_section
from benchmarks.results import Section, Table
from tests.home.child import ROOT
from tests.home.hass import PYTHON
from tests.home.players.comparison import Comparison
from tests.home.players.process import as_nobody, program
from tests.home.players.rooms import OTHER_NAMES

from .answers import Answered
from .listening import LONG_TEXT, SHORT_TEXT, SITUATIONS, Key, Starts
from .seeking import BACK_S, FORWARD_S, Seeking
from .stage import FIRST_AUDIO_MS, FORMATS, SLOW, SPEED

DOCUMENT: Final = ROOT / "docs/players.md"
DEFAULT: Final = "mp3"
DRIVERS: Final = {"vlc": "`vlc_telnet`", "mpd": "`mpd`", "gmediarender": "`dlna_dmr`", "chromium": "`<audio>` element"}
NAMES: Final = {
    "vlc": "VLC",
    "mpd": "MPD",
    "gmediarender": "gmediarender (DLNA)",
    "mpv": "mpv",
    "ffplay": "ffplay",
    "chromium": "Chromium",
}
# Who is that close to the fastest is as fast, on a machine with other things to do.
_AS_FAST: Final = 1.1
# Less than the windows of the comparison show.
_UNSEEN_MS: Final = 40
_PAUSE_MS: Final = 100

type Wholeness = Mapping[Key, Mapping[str, list[Comparison | None]]]


def render(
    starts: Mapping[Key, Starts],
    wholeness: Wholeness,
    seekings: Mapping[Key, Sequence[Seeking]],
    answered: Sequence[Answered],
) -> str:
    """Return everything."""
    sections = (_overview(starts, wholeness), _starts(starts), _wholeness(wholeness), _seekings(seekings))
    parts = [_run(starts), *map(render_section, sections), render_section(_answers(answered))]
    return "\n\n".join(parts) + "\n"


def _run(starts: Mapping[Key, Starts]) -> str:
    now = datetime.now(UTC)
    players = ", ".join(f"{NAMES[player]} {_version(player)}" for player in _players(starts))
    command = (str(PYTHON), "-c", "import importlib.metadata as m; print(m.version('homeassistant'))")
    home = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()  # noqa: S603 - ours
    runs = max(len(one.new_ms) for one in starts.values())
    return (
        f"Measured on {now:%Y-%m-%d} at {now:%H:%M} UTC; {machine()}; Home Assistant {home}; {players}. "
        f"Times are medians of {runs}, in milliseconds from the call of `tts.speak` to the first audible sample."
    )


def _version(player: str) -> str:
    option = "-version" if player == "ffplay" else "--version"
    command = (*as_nobody(), program(*OTHER_NAMES.get(player, (player,))), option)
    told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)  # noqa: S603 - ours
    version = re.search(r"\d+(\.\d+)+", told.stdout)
    return version[0] if version else "of an unknown version"


def _players(found: Mapping[Key, object]) -> list[str]:
    return list(dict.fromkeys(player for player, _ in found))


def _overview(starts: Mapping[Key, Starts], wholeness: Wholeness) -> Section:
    rows = []
    for player in _players(starts):
        cells = [_cell(starts, wholeness, player, form) for form in FORMATS]
        rows.append((NAMES[player], DRIVERS.get(player, "the URL"), *cells, _choice(starts, wholeness, player)))
    return Section(
        "At a glance",
        f"How long a player is silent, with a provider whose first audio takes {FIRST_AUDIO_MS} ms: one that makes "
        f"speech {SPEED:g} times as fast as it is spoken, and (after the stroke) only {SLOW:g} times as fast. "
        '"Cut": not all of it was heard.',
        (Table(("player", "driven by", *map(str.upper, FORMATS), "choose"), tuple(rows)),),
    )


def _cell(starts: Mapping[Key, Starts], wholeness: Wholeness, player: str, form: str) -> str:
    one = starts[player, form]
    times = f"{one.new.median:.0f} / {one.slow.median:.0f}"
    return times if _is_whole(wholeness, player, form) else f"{times}, cut"


def _is_whole(wholeness: Wholeness, player: str, form: str) -> bool:
    comparisons = [comparison for situation in wholeness[player, form].values() for comparison in situation]
    return all(comparison is not None and comparison.is_whole for comparison in comparisons)


def _choice(starts: Mapping[Key, Starts], wholeness: Wholeness, player: str) -> str:
    """Return the format that is nowhere far behind this player's fastest; of those that are as good, the default."""
    ratios = {form: max(_ratios(starts, player, form)) for form in FORMATS if _is_whole(wholeness, player, form)}
    fast = [form for form, ratio in ratios.items() if ratio < _AS_FAST * min(ratios.values())]
    return (DEFAULT if DEFAULT in fast else min(fast, key=ratios.__getitem__, default="none")).upper()


def _ratios(starts: Mapping[Key, Starts], player: str, form: str) -> tuple[float, float]:
    """Return how much longer a format takes than this player's fastest one, with either provider."""
    new = min(starts[player, other].new.median for other in FORMATS)
    slow = min(starts[player, other].slow.median for other in FORMATS)
    return starts[player, form].new.median / new, starts[player, form].slow.median / slow


def _starts(starts: Mapping[Key, Starts]) -> Section:
    rows = []
    for (player, form), one in starts.items():
        new, slow = _ratios(starts, player, form)
        times = (f"{one.new}", f"{new:.2f}", f"{one.slow}", f"{slow:.2f}", f"{one.cached}")
        rows.append((NAMES[player], form.upper(), *times, str(one.silent or "none")))
    worst = tuple(
        (
            form.upper(),
            f"{max(_behind(starts, player, form, slow=False) for player in _players(starts)):.0f} ms",
            f"{max(_behind(starts, player, form, slow=True) for player in _players(starts)):.0f} ms",
        )
        for form in FORMATS
    )
    return Section(
        "When the first word is heard",
        f"A text of {len(SHORT_TEXT) * SECONDS_PER_CHARACTER:.0f} s that Home Assistant has not spoken before, one of "
        f"{len(LONG_TEXT) * SECONDS_PER_CHARACTER:.0f} s that a slow provider is still making, and the first one again "
        "from Home Assistant's cache. Median / 95th percentile, and the ratio to the player's fastest format.",
        (
            Table(
                ("player", "format", "new", "ratio", "slow provider", "ratio", "from the cache", "silent"), tuple(rows)
            ),
            Table(
                ("format", "new", "slow provider"),
                worst,
                "How far each format is behind the fastest one of a player, at worst:",
            ),
        ),
    )


def _behind(starts: Mapping[Key, Starts], player: str, form: str, *, slow: bool) -> float:
    medians = {other: (starts[player, other].slow if slow else starts[player, other].new).median for other in FORMATS}
    return medians[form] - min(medians.values())


def _wholeness(wholeness: Wholeness) -> Section:
    rows = [
        (NAMES[player], form.upper(), *(_worst(found[situation.name]) for situation in SITUATIONS))
        for (player, form), found in wholeness.items()
    ]
    return Section(
        "What is heard of it",
        f"The recording against what was made, in spectra of 40 ms: less than {_UNSEEN_MS} ms is not seen. All players "
        "play the same at the same time. The worst of all runs; a pause is silence in the midst of it.",
        (Table(("player", "format", *(situation.name for situation in SITUATIONS)), tuple(rows)),),
    )


def _worst(comparisons: Sequence[Comparison | None]) -> str:
    if not all(comparisons):
        return "**nothing**"
    found = [comparison for comparison in comparisons if comparison]
    missing = {
        "at the beginning": [one.missing_at_begin_ms for one in found],
        "within": [one.missing_within_ms for one in found],
        "at the end": [one.missing_at_end_ms for one in found],
    }
    parts = [
        f"**{max(lost_ms)} ms lost {where}**, {sum(one > _UNSEEN_MS for one in lost_ms)} of {len(found)} times"
        for where, lost_ms in missing.items()
        if max(lost_ms) > _UNSEEN_MS
    ]
    if (paused_ms := max(one.paused_ms for one in found)) > _PAUSE_MS:
        parts.append(f"pauses {paused_ms} ms")
    return ", ".join(parts) or "whole"


def _seekings(seekings: Mapping[Key, Sequence[Seeking]]) -> Section:
    rows = [
        (
            NAMES[player],
            form.upper(),
            _or(one.shown for one in found),
            _or(str(one.forward) for one in found),
            _or(str(one.back) for one in found),
        )
        for (player, form), found in seekings.items()
    ]
    return Section(
        "Length and seeking",
        f"What is played is {len(LONG_TEXT) * SECONDS_PER_CHARACTER:.1f} s long and finished, but its header was "
        f"written before that was known. The length that the player shows after 2 s, and what it does when it is sent "
        f"to {FORWARD_S:g} s and 2 s later to {BACK_S:g} s.",
        (Table(("player", "format", "length shown", f"to {FORWARD_S:g} s", f"then to {BACK_S:g} s"), tuple(rows)),),
    )


def _or(found: Iterable[str]) -> str:
    """Return all that was found, the most frequent first."""
    return " or ".join(one for one, _ in Counter(found).most_common())


def _answers(answered: Sequence[Answered]) -> Section:
    rows = tuple((one.form.upper(), one.content_type, one.head, one.length, one.ranges) for one in answered)
    return Section(
        "What Home Assistant answers",
        "To a player that asks for the speech with GET, or first with HEAD as some DLNA renderers do.",
        (Table(("format", "content type", "HEAD", "length", "ranges"), rows),),
    )
