"""A voice assistant that falls silent for a tool call in the middle of its answer.

scripts/benchmark tool_call
"""

import asyncio
from collections.abc import Sequence

from .answer import Answer, ask, tokens
from .command import alone, tell
from .engines import Engine
from .fetch import SECONDS_PER_CHARACTER
from .results import Section, Table, Target
from .stage import Stage

BEFORE = "Good morning. Let me have a look at what the thermometer says, please wait. "
AFTER = "It is twenty one degrees."
TOOL_CALL_S = 6.0
RUNS = 5
STARVED_LIMIT_S = 0.1
TEXT = (
    f"The agent says {len(BEFORE)} characters, does not write for {TOOL_CALL_S:g} s, and says {len(AFTER)} more. "
    "How much of what was said before the call is heard before it ends; how long a player that starts with the first "
    "byte has nothing to play; how long it plays silence; how much speech there is in the end. Mean of "
    f"{RUNS} answers, all engines at the same time. (The provider ends a turn after 5 s without text, and the limit "
    "does not begin another one.)"
)
COLUMNS = ("", "heard before the call ends", "starved", "silence", "speech in all")


async def measure(stage: Stage) -> Section:
    """Let all assistants answer at the same time: they are silent for most of it."""
    scripts = tokens(BEFORE), tokens(AFTER)
    script = [*scripts[0], TOOL_CALL_S, *scripts[1]]
    spoken_before = sum(isinstance(part, str) for part in scripts[0])
    answers: dict[Engine, list[Answer]] = {engine: [] for engine in stage.engines}
    for number in range(RUNS):
        tell(f"tool call: {number + 1} of {RUNS}")
        found = await asyncio.gather(*(ask(stage, engine, script) for engine in stage.engines))
        for engine, answer in zip(stage.engines, found, strict=True):
            answers[engine].append(answer)
    await stage.forget()
    rows = tuple(_row(engine, answers[engine], spoken_before) for engine in stage.engines)
    ours = answers[stage.ours]
    targets = (
        Target("tool call: not heard before it ends", 100 - 100 * _heard(ours, spoken_before), 1, " %"),
        Target("tool call: player starved", max(answer.starved_s for answer in ours), STARVED_LIMIT_S, " s"),
        Target("tool call: speech that is missing", max(_whole_s() - one.speech_s() for one in ours), 0.3, " s"),
    )
    return Section("An assistant's tool call", TEXT, (Table(COLUMNS, rows),), targets)


def _heard(answers: Sequence[Answer], spoken_before: int) -> float:
    """Return which share of the speech before the call arrived before the first delta after it."""
    wanted_s = len(BEFORE.strip()) * SECONDS_PER_CHARACTER
    # A blank that no tone is made of, after each sentence but the last.
    shares = [
        answer.speech_s(answer.deltas_at[spoken_before]) / (wanted_s - SECONDS_PER_CHARACTER) for answer in answers
    ]
    return min(1.0, sum(shares) / len(shares))


def _whole_s() -> float:
    return len(BEFORE + AFTER) * SECONDS_PER_CHARACTER - 2 * SECONDS_PER_CHARACTER


def _row(engine: Engine, answers: Sequence[Answer], spoken_before: int) -> tuple[str, ...]:
    def mean(values: list[float]) -> str:
        return f"{sum(values) / len(values):.1f} s"

    return (
        engine.name,
        f"{100 * _heard(answers, spoken_before):.0f} %",
        mean([answer.starved_s for answer in answers]),
        mean([answer.silence_s() for answer in answers]),
        f"{mean([answer.speech_s() for answer in answers])} of {_whole_s():.1f} s",
    )


if __name__ == "__main__":
    alone(measure)
