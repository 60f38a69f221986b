"""A voice assistant's answer, spoken while it is written.

scripts/benchmark assistant
"""

from collections import defaultdict
from collections.abc import Sequence

from .answer import TOKENS_PER_S, Answer, ask, tokens
from .command import alone, tell
from .engines import Engine
from .fetch import SECONDS_PER_CHARACTER
from .floor import GROWING, Bare
from .load import measured
from .results import Section, Table, Target, Times
from .stage import FIRST_AUDIO_MS, Stage

ANSWER = "The washing machine has finished. It took one hour, and it needed little water. Nobody is at home."
PASSES = 3
TEXT = (
    f"A conversation agent writes {TOKENS_PER_S} tokens a second, a satellite asks for 16 kHz. Home Assistant begins "
    "to speak when it has more than 60 characters, and hands them over in one piece. The floor gets every token, "
    "when the agent wrote it in one of our answers. "
    "The last column is how long the engine took from there, the provider's time to the first audio included."
)
COLUMNS = ("", "first byte", "last byte", "whole", "ffmpeg", "first byte after core handed the text over")


async def measure(stage: Stage) -> Section:
    """Ask in turns: some answers of each engine, then again."""
    answers: dict[Engine, list[Answer]] = defaultdict(list)
    ffmpeg: dict[Engine, int] = defaultdict(int)
    floor: list[tuple[float, float]] = []
    script = tokens(ANSWER)
    bare = await Bare.connect(stage.session, stage.simulator_url, GROWING)
    for engine in stage.engines:
        await ask(stage, engine, script)
    count = max(1, stage.options.runs // PASSES)
    for _ in range(PASSES):
        for engine in stage.engines:
            tell(f"assistant: {engine.name}")
            async with measured(stage.hass_pid) as load:
                answers[engine] += [await ask(stage, engine, script) for _ in range(count)]
            ffmpeg[engine] += len(load.ffmpeg)
        floor += [await bare.answer(_deltas(answer, script)) for answer in answers[stage.ours][-count:]]
        await stage.forget()
    await bare.socket.close()
    first, last = (Times.of(values) for values in zip(*floor, strict=True))
    rows = [_row(engine, answers[engine], ffmpeg[engine]) for engine in stage.engines]
    table = Table(COLUMNS, (("floor, warm", str(first), str(last), "", "", ""), *rows))
    targets = _targets(stage, answers, last, ffmpeg[stage.ours])
    return Section("A voice assistant's answers", TEXT, (table,), targets)


def _deltas(answer: Answer, script: Sequence[str | float]) -> list[tuple[float, str]]:
    """Return the tokens of a script and their moments since the first one."""
    texts = [part for part in script if isinstance(part, str)]
    return [(at - answer.deltas_at[0], text) for at, text in zip(answer.deltas_at, texts, strict=True)]


def _row(engine: Engine, answers: list[Answer], ffmpeg: int) -> tuple[str, ...]:
    whole = sum(_is_whole(answer) for answer in answers)
    times = (
        Times.of([answer.first_ms for answer in answers]),
        Times.of([answer.last_ms for answer in answers]),
        Times.of([answer.after_hand_over_ms for answer in answers]),
    )
    return (
        engine.name,
        str(times[0]),
        str(times[1]),
        "all" if whole == len(answers) else f"**{whole} of {len(answers)}**",
        f"{ffmpeg / len(answers):.0f}",
        str(times[2]),
    )


def _is_whole(answer: Answer) -> bool:
    """Tell whether an answer sounds as long as its text, but for blanks between sentences."""
    return abs(answer.speech_s() - len(ANSWER) * SECONDS_PER_CHARACTER) < 4 * SECONDS_PER_CHARACTER


def _targets(stage: Stage, answers: dict[Engine, list[Answer]], last: Times, ffmpeg: int) -> tuple[Target, ...]:
    def first(engine: Engine) -> float:
        return Times.of([answer.first_ms for answer in answers[engine]]).median

    ours = answers[stage.ours]
    peers = min(first(engine) for engine in stage.engines if engine.is_peer)
    after_ms = Times.of([answer.after_hand_over_ms for answer in ours]).median - FIRST_AUDIO_MS
    return (
        Target("assistant: first byte after core handed the text over, beyond the provider's", after_ms, 10, " ms"),
        Target("assistant: last byte / floor", Times.of([one.last_ms for one in ours]).median / last.median, 1.02),
        Target("assistant: first byte / fastest peer", first(stage.ours) / peers, 1.0),
        Target("assistant: answers that are not whole", sum(not _is_whole(answer) for answer in ours), 0),
        Target("assistant: ffmpeg processes", ffmpeg, 0),
    )


if __name__ == "__main__":
    alone(measure)
