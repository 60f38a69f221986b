"""Programs that a player consists of, and the moment from which they can be used."""

import asyncio
from collections.abc import Callable
import os
import re
import shutil
import socket
import time
from typing import Final

from tests.home.child import Child, HomeError

HOST: Final = "127.0.0.1"
_READY_WITHIN_S: Final = 20
_LOOK_EVERY_S: Final = 0.02
_NOBODY: Final = 65534


def program(*names: str) -> str:
    """Return where a program is, known by one of these names."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise HomeError(f"There is no {names[0]}.\nRun scripts/setup players.")
    return found


def as_nobody() -> tuple[str, ...]:
    """Return what a command begins with that refuses to run as root."""
    if os.geteuid():
        return ()
    return (program("setpriv"), f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--")


async def listens(child: Child, port: int) -> None:
    """Wait until a program answers at a port."""

    def answers() -> bool:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            return False
        return True

    await until(child, answers)


async def said(child: Child, pattern: re.Pattern[str]) -> re.Match[str]:
    """Wait until a program has written something into its log, and return that."""
    found: list[re.Match[str]] = []

    def says() -> bool:
        found.extend(pattern.finditer(child.last_lines(1000)))
        return bool(found)

    await until(child, says)
    return found[0]


async def until(child: Child, is_ready: Callable[[], bool]) -> None:
    """Wait for a program."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while not is_ready():
        child.require_running()
        if time.monotonic() > deadline:
            raise HomeError(f"{child.name} did not start in time.\n{child.last_lines()}")
        await asyncio.sleep(_LOOK_EVERY_S)
