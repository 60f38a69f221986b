"""An announcement as each kind of player fetches it.

scripts/benchmark announcement
"""

from collections import defaultdict
from collections.abc import Mapping

from .command import alone, tell
from .engines import Engine
from .fetch import FLAC, MP3, SATELLITE, VOICE_PE, WAV, Format, announcement, fetch, is_whole_wav, seconds_of
from .floor import Bare, speak_cold
from .load import measured
from .results import Section, Table, Target, Times
from .stage import Stage

FORMATS = (MP3, FLAC, VOICE_PE, WAV, SATELLITE)
FIRST_LIMIT = 1.08
PASSES = 3
TEXT = (
    "From the request for the URL to the first byte of audio, headers not counted. The floor is a bare aiohttp client "
    "that speaks at 16 kHz to the same provider, on a socket that is open (warm) or not yet (cold)."
)
LOAD = (
    "CPU of the `hass` process and its children in milliseconds per second of audio, and ffmpeg processes for each "
    "utterance:"
)


class Findings:
    """The times and the costs of one engine and one format."""

    def __init__(self) -> None:
        """Begin with none."""
        self.first_ms: list[float] = []
        self.cpu_s = 0.0
        self.audio_s = 0.0
        self.ffmpeg = 0
        self.broken = 0

    @property
    def times(self) -> Times:
        """Return the times to the first byte."""
        return Times.of(self.first_ms)

    @property
    def cost(self) -> str:
        """Return CPU and ffmpeg processes."""
        return f"{1000 * self.cpu_s / self.audio_s:.0f}, {self.ffmpeg / len(self.first_ms):.0f}"


type Key = tuple[Engine, str]


async def measure(stage: Stage) -> Section:
    """Fetch in turns: some utterances of each engine, then again."""
    findings: dict[Key, Findings] = defaultdict(Findings)
    floor: list[float] = []
    cold: list[float] = []
    count = max(1, stage.options.runs // PASSES)
    bare = await Bare.connect(stage.session, stage.simulator_url)
    await bare.speak(announcement(0))
    for form in FORMATS:
        for engine in stage.engines:
            await fetch(stage, engine, form)
    for _ in range(PASSES):
        for form in FORMATS:
            tell(f"announcement: {form.name}")
            for engine in stage.engines:
                await _block(stage, engine, form, count, findings[engine, form.name])
        floor += [(await bare.speak(announcement(number)))[0] for number in range(count)]
        cold += [
            (await speak_cold(stage.session, stage.simulator_url, announcement(number)))[0] for number in range(count)
        ]
        await stage.forget()
    await bare.socket.close()
    return _section(stage, findings, Times.of(floor), Times.of(cold))


async def _block(stage: Stage, engine: Engine, form: Format, count: int, found: Findings) -> None:
    async with measured(stage.hass_pid) as load:
        for _ in range(count):
            heard = await fetch(stage, engine, form)
            found.first_ms.append(heard.first_ms)
            found.audio_s += seconds_of(heard.sound_of)
            found.broken += form.container == "wav" and not is_whole_wav(heard)
    found.cpu_s += load.cpu_s
    found.ffmpeg += len(load.ffmpeg)


def _section(stage: Stage, findings: Mapping[Key, Findings], floor: Times, cold: Times) -> Section:
    names = tuple(form.name for form in FORMATS)
    rows = [(engine.name, *(str(findings[engine, name].times) for name in names)) for engine in stage.engines]
    costs = [(engine.name, *(findings[engine, name].cost for name in names)) for engine in stage.engines]
    columns = ("", *names)
    first = ("floor, warm (cold)", *(f"{floor} ({cold})",) * len(names))
    return Section(
        "Announcements, one after the other",
        TEXT,
        (Table(columns, (first, *rows)), Table(columns, tuple(costs), LOAD)),
        tuple(target for form in FORMATS for target in _targets(stage, findings, floor, form)),
    )


def _targets(stage: Stage, findings: Mapping[Key, Findings], floor: Times, form: Format) -> list[Target]:
    ours = findings[stage.ours, form.name]
    peers = [findings[engine, form.name].times.median for engine in stage.engines if engine.is_peer]
    targets = [
        Target(f"{form.name}: first byte / floor", ours.times.median / floor.median, FIRST_LIMIT),
        Target(f"{form.name}: first byte / fastest peer", ours.times.median / min(peers), 1.0),
    ]
    targets.append(Target(f"{form.name}: ffmpeg processes", ours.ffmpeg, 0))
    if form.container == "wav":
        targets.append(Target(f"{form.name}: utterances that are not whole", ours.broken, 0))
    return targets


if __name__ == "__main__":
    alone(measure)
