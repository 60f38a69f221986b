"""What the encoders cost by themselves, beside an ffmpeg process for the same.

scripts/benchmark encoders
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import resource
import shutil
from statistics import median
import subprocess
import time
from typing import Final

from custom_components.kugelaudio.sound.encoder import AudioFormat, Encoder, encoder_for
from tests.simulator.espeak import espeak
from tests.simulator.synthesis import resampled

from .turns import longest_turn_ms

SOURCE_RATE: Final = 24_000
TEXT: Final = "The washing machine is done. Please hang the laundry out before it gets wrinkled, it rains tomorrow."
PIECES_MS: Final = (40, 100, 200)
RUNS: Final = 10
AT_ONCE: Final = 50
HELD_S: Final = 1
# As the server sends it, and as it comes over REST: all at once.
SENT_MS: Final = 200
SENT_EVERY_S: Final = 0.005
AT_ONCE_MS: Final = 13_000
FORMATS: Final = (
    AudioFormat(name="mp3", sample_rate=24_000),
    AudioFormat(name="mp3", sample_rate=48_000),
    AudioFormat(name="mp3", sample_rate=48_000, channels=2),
    AudioFormat(name="flac", sample_rate=24_000),
    AudioFormat(name="flac", sample_rate=48_000),
    AudioFormat(name="flac", sample_rate=48_000, channels=2),
    AudioFormat(name="flac", sample_rate=44_100),
    AudioFormat(name="wav", sample_rate=24_000),
    AudioFormat(name="wav", sample_rate=16_000),
    AudioFormat(name="wav", sample_rate=48_000, channels=2),
    AudioFormat(name="wav", sample_rate=48_000, sample_bytes=4),
    AudioFormat(name="au", sample_rate=24_000),
)
COLUMNS: Final = (
    "format",
    "made, ms",
    "first bytes from 100 ms, ms",
    *(f"CPU per s, pieces of {piece_ms} ms" for piece_ms in PIECES_MS),
    "longest of 100 ms, CPU ms",
    "longest turn of the loop, ms",
    "13 s at once",
    "of PCM",
    "KiB each",
    "threads",
    "ffmpeg: first bytes, ms",
    "CPU per s",
)


@dataclass(frozen=True, slots=True)
class Work:
    """What one utterance took."""

    first_ms: float
    cpu_ms: float
    longest_ms: float
    size_bytes: int


def pieces(pcm: bytes, piece_ms: int) -> Iterator[bytes]:
    """Return PCM as a server sends it."""
    size = 2 * SOURCE_RATE * piece_ms // 1000
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


def made(wanted: AudioFormat) -> Encoder:
    """Return an encoder that there has to be."""
    encoder = encoder_for(wanted, SOURCE_RATE)
    if encoder is None:
        raise SystemExit(f"There is no encoder for {wanted}.")
    return encoder


def encode(wanted: AudioFormat, pcm: bytes, piece_ms: int) -> Work:
    """Encode an utterance."""
    encoder = made(wanted)
    first = longest = 0.0
    size = 0
    began, cpu = time.perf_counter(), time.thread_time()
    for piece in pieces(pcm, piece_ms):
        started = time.thread_time()
        size += len(encoder.feed(piece))
        longest = max(longest, time.thread_time() - started)
        if size and not first:
            first = time.perf_counter() - began
    size += len(encoder.finish())
    return Work(first * 1000, (time.thread_time() - cpu) * 1000, longest * 1000, size)


def memory_and_threads(wanted: AudioFormat, pcm: bytes) -> tuple[float, int]:
    """Return how many KiB of memory an encoder holds in the middle of its work, and how many threads came with all."""
    before, threads = resident_kib(), thread_count()
    held = []
    for _ in range(AT_ONCE):
        encoder = made(wanted)
        for piece in pieces(pcm[: 2 * SOURCE_RATE * HELD_S], PIECES_MS[0]):
            encoder.feed(piece)
        held.append(encoder)
    return (resident_kib() - before) / len(held), thread_count() - threads


def resident_kib() -> int:
    """Return how much memory this process has."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() // 1024


def thread_count() -> int:
    """Return how many threads this process has, those of libraries among them."""
    return len(list(Path("/proc/self/task").iterdir()))


def ffmpeg(wanted: AudioFormat, pcm: bytes) -> tuple[float, float]:
    """Return after how many ms a process has its first bytes of 100 ms, and its CPU ms for an utterance."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SystemExit("There is no ffmpeg.\nRun scripts/setup ffmpeg.")
    source = ("-f", "s16le", "-ar", str(SOURCE_RATE), "-ac", "1", "-probesize", "32", "-i", "pipe:0")
    target = ("-f", wanted.name, "-ar", str(wanted.sample_rate), "-ac", str(wanted.channels), "pipe:1")
    command = (program, "-loglevel", "error", *source, *target)
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  our words
        assert process.stdin  # noqa: S101  a pipe
        assert process.stdout  # noqa: S101  a pipe
        process.stdin.write(next(pieces(pcm, 100)))
        process.stdin.flush()
        process.stdout.read(1)
        first_ms = (time.perf_counter() - began) * 1000
        process.communicate()
    before = cpu_of_children_ms()
    subprocess.run(command, input=pcm, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  our words
    return first_ms, cpu_of_children_ms() - before


def cpu_of_children_ms() -> float:
    """Return what processes took that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def row(wanted: AudioFormat, pcm: bytes) -> Iterator[str]:
    """Return what one format costs."""
    seconds = len(pcm) / 2 / SOURCE_RATE
    encode(wanted, pcm, 100)
    kib, threads = memory_and_threads(wanted, pcm)
    yield f"{wanted.name} {wanted.sample_rate} Hz, {wanted.channels} ch, {wanted.sample_bytes} B"
    yield f"{median(construction_ms(wanted) for _ in range(RUNS)):.2f}"
    works = {piece_ms: [encode(wanted, pcm, piece_ms) for _ in range(RUNS)] for piece_ms in PIECES_MS}
    yield f"{median(work.first_ms for work in works[100]):.2f}"
    for piece_ms in PIECES_MS:
        yield f"{median(work.cpu_ms for work in works[piece_ms]) / seconds:.1f}"
    yield f"{median(work.longest_ms for work in works[100]):.2f}"
    yield f"{longest_ms(wanted, pcm, SENT_MS, SENT_EVERY_S):.1f}"
    yield f"{longest_ms(wanted, pcm, AT_ONCE_MS, 0):.1f}"
    yield f"{works[100][0].size_bytes / len(pcm):.2f}"
    yield f"{kib:.0f}"
    yield str(threads)
    runs = [ffmpeg(wanted, pcm) for _ in range(3)]
    yield f"{median(first for first, _ in runs):.0f}"
    yield f"{median(cpu for _, cpu in runs) / seconds:.0f}"


def longest_ms(wanted: AudioFormat, pcm: bytes, piece_ms: int, pause_s: float) -> float:
    """Return how long an event loop is kept from its next turn, at the quietest of all times."""
    sound = (pcm * 3)[: 2 * SOURCE_RATE * AT_ONCE_MS // 1000]
    return min(asyncio.run(longest_turn_ms(made(wanted), pieces(sound, piece_ms), pause_s)) for _ in range(RUNS))


def construction_ms(wanted: AudioFormat) -> float:
    """Return how long an encoder takes to be there, once its codec was imported."""
    began = time.perf_counter()
    made(wanted)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure all formats."""
    voice = espeak()
    spoken = voice.speak(TEXT, "en-us+f2", words_per_minute=165, pitch=50, span=50)
    pcm = resampled(spoken, voice.sample_rate, SOURCE_RATE)
    for wanted in FORMATS:
        encode(wanted, pcm, 100)
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *(tuple(row(wanted, pcm)) for wanted in FORMATS)]
    print("\n".join(f"| {' | '.join(cells)} |" for cells in lines))  # noqa: T201  the result


if __name__ == "__main__":
    main()
