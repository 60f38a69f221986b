"""Where the official SDK is installed, and programs that use it there."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator

ROOT = Path(__file__).parents[2]
PROOF = Path(__file__).with_name("proof.py")
PRONUNCIATION = Path(__file__).with_name("pronunciation.py")
LIMITS = Path(__file__).with_name("limits.py")
TIME_LIMIT_S = 120


def sdk_python() -> str:
    """Return the Python of the SDK's environment; skip without one, except in CI."""
    default = ROOT / ".local/venv/sdk/bin/python"
    python = os.environ.get("KUGELAUDIO_SDK_PYTHON", str(default))
    if Path(python).exists():
        return python
    problem = "the official SDK is not installed (scripts/setup)"
    if os.environ.get("CI"):
        pytest.fail(problem)
    pytest.skip(problem)


async def printed_by(program: Path, simulator: Simulator) -> dict[str, Any]:
    """Return what a program prints that uses the SDK with a simulator."""
    process = await asyncio.create_subprocess_exec(
        sdk_python(),
        str(program),
        simulator.url,
        simulator.key,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, errors.decode()
    printed: dict[str, Any] = json.loads(output)
    return printed
