"""What a soak must not show, and whether it did."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import re

from tests.simulator import Fault

from .ear import Told
from .hazards import CROWDED, LIMITING
from .provider import Planned, Span
from .run import Soak
from .utterance import End, Kind, Utterance

MEMORY_LIMIT_KB = 10_000
OUTAGE_WORDS = frozenset({"cannot_connect", "connection_lost", "out_of_service", "timed_out"})
# A failure is told after the second try.
AFTER_AN_OUTAGE_S = 15.0
AROUND_S = 0.5
LINE = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \(.*?\) \[(?P<logger>[\w.]+)\] (?P<text>.*)")
SPOILT = re.compile(r"Error getting audio for (?:(?P<number>\d{6})\b|(?P<growing>\[Streaming TTS\]))")
OURS = "custom_components.kugelaudio"
ASKING = ("Error fetching ", "Unexpected answer to a form")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, and what speaks against it."""

    name: str
    against: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Tell whether nothing speaks against it."""
        return not self.against


def conditions(soak: Soak) -> list[Condition]:
    """Return all conditions."""
    return [
        Condition("No utterance without an end", tuple(_lines(_having(soak, End.STUCK)))),
        Condition("None that ended normally is truncated", tuple(_truncated(soak))),
        Condition("None that failed held another sound than its own", tuple(_foreign(soak))),
        Condition("Event entities tell the same", tuple(_told_otherwise(soak))),
        Condition("Core's log tells the same", tuple(_logged_otherwise(soak))),
        Condition("Every failure has a cause in the plan", tuple(_without_cause(soak))),
        Condition("No task, socket, handle or ffmpeg process is left", tuple(_left(soak))),
        Condition(f"Memory after the first round grows by less than {MEMORY_LIMIT_KB // 1000} MB", tuple(_grown(soak))),
        Condition("No line at level error from this integration without a cause in the plan", tuple(_complaints(soak))),
    ]


def growth_kb(soak: Soak) -> int:
    """Return how much the memory grew from the end of the first round to the end of the last."""
    return soak.holdings[-1].resident_kb - soak.holdings[1].resident_kb


def _having(soak: Soak, end: End) -> list[Utterance]:
    return [one for one in soak.utterances if one.end is end]


def _lines(utterances: Iterable[Utterance]) -> list[str]:
    return [f"utterance {one.number}: {one.kind}, {len(one.text)} characters" for one in utterances]


def _truncated(soak: Soak) -> list[str]:
    return _lines(one for one in _having(soak, End.WHOLE) if not one.is_complete)


def _foreign(soak: Soak) -> list[str]:
    """Return the utterances that held another sound; what follows a byte that the provider has lost is noise."""
    lost = sum(planned.hazard.fault is Fault.ODD_BYTES for planned in soak.provider.planned)
    foreign = [one for one in soak.utterances if not one.is_its_own]
    is_any_whole = any(one.end is End.WHOLE for one in foreign)
    return _lines(foreign) if len(foreign) > lost or is_any_whole else []


def _told_otherwise(soak: Soak) -> list[str]:
    """Return the utterances of which an event says something else than Home Assistant itself, or says nothing.

    While an account is reloaded it has no event entities, and cuts off those who speak. An answer that fails while it
    is written has as many characters as are written by then, so it is only counted.
    """
    against = []
    for one in soak.utterances:
        wanted = ("spoken",) if one.end is End.WHOLE else ("failed",)
        is_counted_only = one.kind is Kind.GROWING and one.end is End.BROKEN
        is_excused = not one.outcomes and (is_counted_only or _overlaps(one, soak.reloads))
        if one.outcomes != wanted and not is_excused:
            against.append(f"{_lines([one])[0]}: {one.end}, told {one.outcomes or 'nothing'}")
    growing = [one for one in _having(soak, End.BROKEN) if one.kind is Kind.GROWING]
    untold = [one for one in growing if not one.outcomes and not _overlaps(one, soak.reloads)]
    told = Counter(told.outcome for told in soak.ear.told if told.entity_id != soak.guests.event)
    whole_failures = sum(one.kind is not Kind.GROWING and bool(one.outcomes) for one in _having(soak, End.BROKEN))
    if len(untold) > told["failed"] - whole_failures:
        against.append(f"{len(untold)} answers failed, fewer are told")
    spoken = sum(bool(one.outcomes) for one in _having(soak, End.WHOLE))
    if told["spoken"] != spoken:
        against.append(f"{told['spoken']} are told as spoken, {spoken} ended normally")
    return against


def _overlaps(one: Utterance, spans: Sequence[Span]) -> bool:
    return any(one.began_at <= span.end + AROUND_S and span.begin - AROUND_S <= one.ended_at for span in spans)


def _logged_otherwise(soak: Soak) -> list[str]:
    """Return the utterances that core wrote down as failed and gave out as complete, or the other way round.

    Of an answer that is spoken while it is written core's log does not say which one it is; it may be a guest's.
    """
    found = [match for _, _, text in _log(soak) if (match := SPOILT.match(text))]
    logged = {int(match["number"]) for match in found if match["number"]}
    growing = sum(match["growing"] is not None for match in found)
    broken = _having(soak, End.BROKEN)
    unnamed = {one.number for one in broken if one.kind is Kind.GROWING} - logged
    named = {one.number for one in broken} - unnamed
    against = [f"utterance {number} is told otherwise" for number in sorted(logged ^ named)]
    if not len(unnamed) <= growing <= len(unnamed) + soak.guests.interrupted:
        against.append(f"{growing} answers are logged as failed, {len(unnamed)} failed")
    return against


def _log(soak: Soak) -> Iterable[tuple[str, str, str]]:
    for line in soak.log.splitlines():
        if match := LINE.match(line):
            yield match["level"], match["logger"], match["text"]


def _without_cause(soak: Soak) -> list[str]:
    """Return the failures for which the plan has no hazard of their own: one hazard strikes one utterance."""
    alone = [told for told in soak.ear.told if told.outcome == "failed" and not _has_common_cause(soak, told)]
    causes = [
        [number for number, planned in enumerate(soak.provider.planned) if _may_cause(planned, told)] for told in alone
    ]
    taken: dict[int, int] = {}
    return [
        f"{told.error} after {told.at - soak.began_at:.1f} s"
        for number, told in enumerate(alone)
        if not _assign(number, causes, taken, set())
    ]


def _has_common_cause(soak: Soak, told: Told) -> bool:
    """Tell whether something happened that strikes all who speak."""
    restarted = any(span.begin <= told.at <= span.end + AFTER_AN_OUTAGE_S for span in soak.provider.restarts)
    reloaded = any(span.begin <= told.at <= span.end + AROUND_S for span in soak.reloads)
    limited = any(LIMITING in planned.hazard.words and planned.at < told.at for planned in soak.provider.planned)
    return (
        (restarted and told.error in OUTAGE_WORDS)
        or (reloaded and told.error == "connection_lost")
        or (limited and told.error == CROWDED)
    )


def _may_cause(planned: Planned, told: Told) -> bool:
    return planned.at <= told.at and told.error in planned.hazard.words


def _assign(number: int, causes: list[list[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Find a cause that is still free, or make one free: a maximum matching."""
    for cause in causes[number]:
        if cause not in tried:
            tried.add(cause)
            if cause not in taken or _assign(taken[cause], causes, taken, tried):
                taken[cause] = number
                return True
    return False


def _left(soak: Soak) -> list[str]:
    return soak.holdings[-1].exceed(soak.holdings[0])


def _grown(soak: Soak) -> list[str]:
    return [f"{growth_kb(soak) / 1000:.1f} MB"] if growth_kb(soak) >= MEMORY_LIMIT_KB else []


def _complaints(soak: Soak) -> list[str]:
    """Return our lines at level error that no restart and no fault explains, and what tracebacks name us."""
    lines = soak.log.splitlines()
    ours = [text for level, logger, text in _log(soak) if logger.startswith(OURS) and level in {"ERROR", "CRITICAL"}]
    asking = [text for text in ours if text.startswith(ASKING)]
    explained = len(soak.provider.restarts) + sum(planned.hazard.is_http for planned in soak.provider.planned)
    against = [text for text in ours if text not in asking]
    against += asking[explained:]
    return against + [line.strip() for line in lines if 'File "' in line and "custom_components/kugelaudio" in line]
