"""How the programs of this package run and end."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
import signal
import sys

import aiohttp

from .child import Child, HomeError

INTERRUPTED = 130


def run(program: Coroutine[None, None, None]) -> None:
    """Run a program; Ctrl-C, a closed terminal and a request to end let it put everything away first."""
    try:
        asyncio.run(_with_signals(program))
    except KeyboardInterrupt, asyncio.CancelledError:
        sys.exit(INTERRUPTED)
    except (HomeError, OSError, aiohttp.ClientError) as error:
        sys.exit(f"error: {error or type(error).__name__}")


async def _with_signals(program: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(program)
    for number in (signal.SIGHUP, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


async def stay(*children: Child) -> None:
    """Stay until somebody ends the program, or one of these ends by itself."""
    with suppress(asyncio.CancelledError):
        while True:
            for child in children:
                child.require_running()
            await asyncio.sleep(1)
