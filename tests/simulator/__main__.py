"""Run the simulator until it is interrupted: ``python -m tests.simulator``."""

import argparse
import asyncio
from dataclasses import replace
import signal

from .faults import Fault
from .profile import REALISTIC
from .server import HOST, Simulator


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=8300)
    parser.add_argument("--sound", choices=("words", "tone"), default="words")
    parser.add_argument("--handshake-ms", type=float, default=REALISTIC.handshake_ms)
    parser.add_argument("--first-audio-ms", type=float, default=REALISTIC.first_audio_ms)
    parser.add_argument(
        "--speed",
        type=float,
        default=REALISTIC.speed,
        help="times real time, 0: as fast as possible",
    )
    parser.add_argument("--fault", choices=tuple(Fault), action="append", default=[], metavar="NAME")
    parser.add_argument("--times", type=int, help="how often the faults strike (default: always)")
    return parser.parse_args()


async def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    options = arguments()
    profile = replace(
        REALISTIC,
        handshake_ms=options.handshake_ms,
        first_audio_ms=options.first_audio_ms,
        speed=options.speed or None,
    )
    simulator = Simulator(profile, options.port, options.sound, options.host)
    for fault in options.fault:
        simulator.faults.add(fault, options.times)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with simulator:
        print(f"url {simulator.url}", f"key {simulator.key}", sep="\n", flush=True)  # noqa: T201 - for the person at the terminal
        await stopped.wait()


asyncio.run(main())
