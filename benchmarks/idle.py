"""The first announcement after nobody has spoken for a while.

scripts/benchmark idle [--idle-s SECONDS] [--idle-runs COUNT]
"""

import asyncio
from collections import defaultdict

from .command import alone, tell
from .fetch import SATELLITE, WAV, announcement, fetch
from .floor import Bare
from .load import cpu_s
from .results import Section, Table, Target, Times
from .stage import Stage

FORMATS = (WAV, SATELLITE)
WARM_RUNS = 10
LIMIT = 1.10


async def measure(stage: Stage) -> Section:
    """Let all engines be idle at the same time, then fetch from one after the other."""
    findings: dict[tuple[str, str], list[float]] = defaultdict(list)
    idle_s, idle_cpu_s = 0.0, 0.0
    bare = await Bare.connect(stage.session, stage.simulator_url)
    warm = Times.of([(await bare.speak(announcement(number)))[0] for number in range(WARM_RUNS)])
    for form in FORMATS:
        for engine in stage.engines:
            await fetch(stage, engine, form)
    for _ in range(stage.options.idle_runs):
        for form in FORMATS:
            tell(f"idle: {form.name} after {stage.options.idle_s:g} s")
            before = cpu_s(stage.hass_pid)
            await asyncio.sleep(stage.options.idle_s)
            idle_cpu_s += cpu_s(stage.hass_pid) - before
            idle_s += stage.options.idle_s
            for engine in stage.engines:
                findings[engine.name, form.name].append((await fetch(stage, engine, form)).first_ms)
    await bare.socket.close()
    names = tuple(form.name for form in FORMATS)
    rows = [(engine.name, *(str(Times.of(findings[engine.name, name])) for name in names)) for engine in stage.engines]
    text = (
        f"{stage.options.idle_runs} utterances of each kind, {stage.options.idle_s:g} s after the last one of any. "
        f"The `hass` process with all engines used {100 * idle_cpu_s / idle_s:.1f} % of a core meanwhile."
    )
    targets = tuple(target for name in names for target in _targets(stage, findings, warm, name))
    table = Table(("", *names), (("floor, warm, not idle", *(str(warm),) * len(names)), *rows))
    return Section("After idleness", text, (table,), targets)


def _targets(
    stage: Stage, findings: dict[tuple[str, str], list[float]], warm: Times, form_name: str
) -> tuple[Target, ...]:
    ours = Times.of(findings[stage.ours.name, form_name]).median
    peers = [Times.of(findings[engine.name, form_name]).median for engine in stage.engines if engine.is_peer]
    name = f"{form_name} after {stage.options.idle_s:g} s of idleness: first byte"
    return Target(f"{name} / floor", ours / warm.median, LIMIT), Target(
        f"{name} / fastest peer", ours / min(peers), 1.0
    )


if __name__ == "__main__":
    alone(measure)
