"""The result of a soak as Markdown: docs/soak.md."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
import os
from pathlib import Path
import platform
import subprocess

from tests.home.child import ROOT
from tests.home.hass import PYTHON

from .run import Options, Soak
from .utterance import End, Kind
from .verdict import conditions, growth_kb

DOCUMENT = ROOT / "docs/soak.md"
SHOWN = 5
PACKAGES = ("homeassistant", "aiohttp")
VERSIONS = "import importlib.metadata, sys; print(*(importlib.metadata.version(name) for name in sys.argv[1:]))"
METHOD = (
    "Home Assistant ends its answer to a player in the same way whether the speech broke off or not. How an utterance "
    "ended is learnt from a second request for the same speech, which Home Assistant answers only if the first one was "
    "complete; from the event entities of the voices; and from core's log. All three have to agree. What is heard is "
    "compared with the text's own sound, sample by sample (MP3: by its length; growing text: with silence in between)."
)
NOT_PLANNED = (
    "Not in the plan: faults of a cancel; and a key that is refused while the "
    "account is set up, which only its owner can mend."
)
MEMORY = (
    "Tasks, sockets, handles and memory are counted while nobody speaks, before the first utterance and after every "
    "round, once Home Assistant was told to forget the speech that it keeps for five minutes, "
    "Python has collected its garbage, and glibc has given back what is free (untrimmed: before it did)."
)


def render(soak: Soak) -> str:
    """Return the summary: machine, conditions, and numbers."""
    return "\n\n".join(
        ("# Soak", _run(soak), METHOD, _conditions(soak), _ends(soak), MEMORY, _holdings(soak), _plan(soak))
    )


def write(text: str) -> None:
    """Write the document."""
    DOCUMENT.write_text(f"{text}\n")


def _run(soak: Soak) -> str:
    options, guests = soak.options, soak.guests
    found = subprocess.run([PYTHON, "-c", VERSIONS, *PACKAGES], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ours
    packages = ", ".join(map(" ".join, zip(PACKAGES, found.stdout.split(), strict=True)))
    return (
        f"`scripts/soak {' '.join(_command(options))}`: a real "
        f"`hass` process, three voices, {options.parallel} utterances at once, {len(soak.provider.planned)} faults "
        f"planned ({soak.provider.pending} of them met nobody), {len(soak.reloads)} reloads of the account and "
        f"{len(soak.provider.restarts)} restarts of the provider in the middle of it, {guests.interrupted} answers "
        f"that were interrupted, {guests.killed} converters that were killed, forms used {guests.forms} times; "
        f"{soak.busy_s:.0f} s of speaking. "
        f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}."
    )


def _command(options: Options) -> list[str]:
    return [f"--{name} {value}" for name, value in asdict(options).items() if value is not None]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _conditions(soak: Soak) -> str:
    rows = [("condition", "met", ""), ("---", "---", "---")]
    for one in conditions(soak):
        against = "; ".join(one.against[:SHOWN]) + (f"; {len(one.against)} in all" if len(one.against) > SHOWN else "")
        rows.append((one.name, "yes" if one.is_met else "**no**", against))
    return _table(rows)


def _ends(soak: Soak) -> str:
    rows: list[tuple[str, ...]] = [("", *End, "told as failed, by word"), ("---",) * 5]
    for kind in Kind:
        ends = Counter(one.end for one in soak.utterances if one.kind is kind)
        rows.append((kind, *(str(ends[end]) for end in End), ""))
    words = Counter(str(told.error) for told in soak.ear.told if told.outcome == "failed")
    ends = Counter(one.end for one in soak.utterances)
    told = ", ".join(f"{word} {count}" for word, count in words.most_common())
    rows.append(("all", *(str(ends[end]) for end in End), told))
    return _table(rows)


def _holdings(soak: Soak) -> str:
    rows: list[tuple[str, ...]] = [
        ("", "tasks of ours", "all tasks", "sockets to the provider", "handles", "ffmpeg", "memory", "untrimmed"),
        ("---",) * 8,
    ]
    for number, one in enumerate(soak.holdings):
        name = f"after round {number}" if number else "before"
        counts = (one.ours.total(), one.tasks.total(), one.sockets, one.handles.total(), one.converters)
        memory = (f"{kb / 1000:.1f} MB" for kb in (one.resident_kb, one.untrimmed_kb))
        rows.append((name, *map(str, counts), *memory))
    return f"{_table(rows)}\n\nGrowth after the first round: {growth_kb(soak) / 1000:.1f} MB."


def _plan(soak: Soak) -> str:
    counts = Counter(planned.hazard.fault.value for planned in soak.provider.planned)
    return f"Planned: {', '.join(f'{name} {count}' for name, count in sorted(counts.items()))}.\n\n{NOT_PLANNED}"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
