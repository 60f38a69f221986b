"""A sound server whose loudspeakers are silent, and ears that record what each of them would have played."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
import time
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tests.home.child import Child, HomeError, child_environment
from tests.ports import free_port

from .process import HOST, listens, program

SAMPLE_RATE: Final = 24000
SAMPLE_BYTES: Final = 2
# Of 32768; below it is what a lossy format leaves of silence.
AUDIBLE: Final = 300
PIECE_MS: Final = 20
_READY_WITHIN_S: Final = 20
_LOOK_EVERY_S: Final = 0.02
_LISTEN_EVERY_S: Final = 0.2
_TOLERANCE_S: Final = 0.05

type Samples = NDArray[np.float64]


class SoundCard(Child):
    """A PulseAudio server with one loudspeaker for each player, all at the pace of time."""

    def __init__(self, folder: Path, loudspeakers: Iterable[str]) -> None:
        """Start the server; whoever reaches the loopback interface may use it, as some players refuse to be root."""
        folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        modules = [f"module-native-protocol-tcp listen={HOST} port={self._port} auth-anonymous=1"]
        modules += [
            f"module-null-sink sink_name={name} rate={SAMPLE_RATE} channels=1 format=s16le" for name in loudspeakers
        ]
        options = ("-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr")
        loads = [part for module in modules for part in ("--load", module)]
        super().__init__(
            "PulseAudio",
            (program("pulseaudio"), *options, *loads),
            folder=folder,
            log=folder / "pulseaudio.log",
            environment={"PULSE_RUNTIME_PATH": str(folder), "HOME": str(folder)},
        )

    async def ready(self) -> None:
        """Wait until players can reach it."""
        await listens(self, self._port)

    @property
    def address(self) -> str:
        """Return where players reach the server."""
        return f"tcp:{HOST}:{self._port}"

    def environment(self, loudspeaker: str) -> dict[str, str]:
        """Return what lets a program play on one of the loudspeakers."""
        return {"PULSE_SERVER": self.address, "PULSE_SINK": loudspeaker, "SDL_AUDIODRIVER": "pulseaudio"}


@dataclass(slots=True)
class Ear:
    """Records a loudspeaker without a break."""

    card: SoundCard
    loudspeaker: str
    _pieces: list[bytes] = field(default_factory=list)
    _start: int = 0
    _count: int = 0
    _arrivals: list[tuple[int, float]] = field(default_factory=list)
    _process: Process | None = None
    _listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to record, and wait for the first samples."""
        pcm = (f"--rate={SAMPLE_RATE}", "--channels=1", "--format=s16le", "--raw", f"--latency-msec={PIECE_MS}")
        self._process = await asyncio.create_subprocess_exec(
            *(program("parec"), f"--device={self.loudspeaker}.monitor", *pcm),
            stdout=PIPE,
            stderr=DEVNULL,
            env=child_environment() | {"PULSE_SERVER": self.card.address},
        )
        self._listening = asyncio.create_task(self._listen(self._process))
        deadline = time.monotonic() + _READY_WITHIN_S
        while not self._count:
            if time.monotonic() > deadline:
                await self._end()
                raise HomeError(f"Nothing can be recorded.\n{self.card.last_lines()}")
            await asyncio.sleep(_LOOK_EVERY_S)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Record no more."""
        await self._end()

    async def _end(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._listening:
            await self._listening

    async def _listen(self, process: Process) -> None:
        while process.stdout and (pcm := await process.stdout.read(1 << 16)):
            self._pieces.append(pcm)
            self._arrivals.append((self._count - self._start, time.monotonic()))
            self._count += len(pcm) // SAMPLE_BYTES

    def forget(self) -> None:
        """Forget everything up to now."""
        self._pieces.clear()
        self._arrivals.clear()
        self._start = self._count

    def heard(self) -> Samples:
        """Return all samples since the last time that everything was forgotten."""
        self._pieces = [b"".join(self._pieces)]
        return np.frombuffer(self._pieces[0], dtype="<i2").astype(np.float64)

    def moment_of(self, sample: int) -> float:
        """Return when one of the samples that were heard was played, on the clock of time.monotonic."""
        # PulseAudio hands a piece over when it begins, or later if the machine is busy: the earliest one is right.
        own = max(start for start, _ in self._arrivals if start <= sample)
        near = range(own, sample + SAMPLE_RATE // 2)
        return min(at + (sample - start) / SAMPLE_RATE for start, at in self._arrivals if start in near)

    async def first_sound_at(self, patience_s: float = 20) -> float | None:
        """Wait for something audible, and return when it was; None if nothing was."""
        given_up_at = time.monotonic() + patience_s
        while time.monotonic() < given_up_at:
            await asyncio.sleep(_LOOK_EVERY_S)
            if (first := first_audible(self.heard())) is not None:
                return self.moment_of(first)
        return None

    async def hear(self, seconds: float, *, patience_s: float = 20, quiet_s: float = 1.0) -> Samples:
        """Wait for the end of a sound of this length, and return all that was heard.

        Once it was audible for long enough, a short silence is its end; before, only one that exhausts the patience.
        """
        while True:
            await asyncio.sleep(_LISTEN_EVERY_S)
            samples = self.heard()
            first, behind_last = first_audible(samples), _behind_audible(samples)
            is_long_enough = first is not None and (behind_last - first) / SAMPLE_RATE > seconds - _TOLERANCE_S
            if (len(samples) - behind_last) / SAMPLE_RATE > (quiet_s if is_long_enough else patience_s):
                return samples

    async def until_silent(self, quiet_s: float = 0.5) -> None:
        """Wait for the end of whatever is heard."""
        self.forget()
        samples = self.heard()
        while len(samples) - _behind_audible(samples) < quiet_s * SAMPLE_RATE:
            await asyncio.sleep(_LOOK_EVERY_S)
            samples = self.heard()


def first_audible(samples: Samples) -> int | None:
    """Return the first sample that is no silence."""
    audible = np.abs(samples) > AUDIBLE
    return int(audible.argmax()) if audible.any() else None


def _behind_audible(samples: Samples) -> int:
    """Return where the silence at the end begins."""
    silent = first_audible(samples[::-1])
    return 0 if silent is None else len(samples) - silent
