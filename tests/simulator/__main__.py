"""Run the simulator until it is interrupted: ``python -m tests.simulator``."""

import argparse
import asyncio
from dataclasses import replace
import signal

from .faults import Fault
from .plans import TIERS, UNLIMITED
from .profile import PROVIDERS, REALISTIC
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
    parser.add_argument("--plan", type=int, choices=tuple(TIERS), help="the provider's tier (default: no limits)")
    parser.add_argument("--provider", choices=tuple(PROVIDERS), default="current", help="whose words it keeps to")
    parser.add_argument("--fault", choices=tuple(Fault), action="append", default=[], metavar="NAME")
    parser.add_argument("--times", type=int, help="how often the faults strike (default: always)")
    return parser.parse_args()


async def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    options = arguments()
    profile = replace(
        PROVIDERS[options.provider],
        handshake_ms=options.handshake_ms,
        first_audio_ms=options.first_audio_ms,
        speed=options.speed or None,
    )
    plan = TIERS.get(options.plan, UNLIMITED)
    simulator = Simulator(profile, options.port, options.sound, options.host, plan)
    for fault in options.fault:
        simulator.faults.add(fault, options.times)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with simulator:
        print(f"url {simulator.url}", f"key {simulator.key}", sep="\n", flush=True)  # noqa: T201 - for the person at the terminal
        await stopped.wait()


asyncio.run(main())
