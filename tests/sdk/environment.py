"""Where the official SDK is installed."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROOF = Path(__file__).with_name("proof.py")


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
