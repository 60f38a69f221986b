"""Programs that run beside this one and end with it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
import os
from pathlib import Path
import signal
import subprocess
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = ROOT / ".local"


class HomeError(Exception):
    """What went wrong, and what to do about it, in words for the person at the terminal."""


class Child:
    """A program in a session of its own, ended together with everything it started."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the program; without a log it writes to this terminal."""
        self.name = name
        self.log = log
        output = log.open("wb") if log else None
        try:
            self._process = subprocess.Popen(  # noqa: S603  the command is ours
                command,
                cwd=folder,
                env={**child_environment(), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()

    @property
    def pid(self) -> int:
        """Return the program's process id."""
        return self._process.pid

    def require_running(self) -> None:
        """Raise with the end of its log if the program has ended."""
        if (code := self._process.poll()) is not None:
            raise HomeError(f"{self.name} ended with code {code}.\n{self.last_lines()}")

    def last_lines(self, count: int = 15) -> str:
        """Return the end of what the program wrote."""
        if self.log is None:
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def stop(self, grace_s: float = 10) -> None:
        """Ask the program to end, insist after a while, and leave none of its children."""
        try:
            self._process.terminate()
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill(self) -> None:
        """End the program without a word, as a power cut does."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        """Return the running program."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program, and add to an error that it had ended by itself."""
        if error and (code := self._process.poll()) is not None:
            error.add_note(f"{self.name} had ended with code {code}.\n{self.last_lines()}")
        self.stop()


def child_environment() -> dict[str, str]:
    """Return this process's environment for a child: our tools on the path, no key, no Python of ours."""
    hidden = {"KUGELAUDIO_API_KEY", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    path = f"{PRIVATE / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "PYTHONUNBUFFERED": "1"}
