"""Players that get the URL of the speech itself: mpv, ffplay, and a browser's <audio> element."""

from abc import ABC, abstractmethod
import asyncio
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
import json
import os
from pathlib import Path
import socket
from typing import Any, Final, override

from playwright.async_api import Page, async_playwright

from tests.home.child import HomeError, child_environment
from tests.home.client import Home

from .player import Announcement, Player
from .process import program
from .sound_card import SoundCard

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's own errands in the internet.
_QUIET: Final = ("--disable-background-networking", "--disable-component-update", "--no-first-run")
_PLAY: Final = "url => { window.player?.pause(); window.player = new Audio(url); return window.player.play(); }"


class ByUrl(Player, ABC):
    """A player that is given the URL as Home Assistant's frontend and other servers get it."""

    def __init__(self, home: Home) -> None:
        """Take the Home Assistant that speaks."""
        self._home = home

    @override
    async def speak(self, announcement: Announcement) -> None:
        request: dict[str, Any] = {"engine_id": announcement.voice, "message": announcement.message}
        answer = await self._home.post("/api/tts_get_url", request | {"options": announcement.options})
        await self.play(answer["url"])

    @abstractmethod
    async def play(self, url: str) -> None:
        """Play what is at a URL."""


class Mpv(ByUrl):
    """An mpv that waits for something to play, spoken to over a socket."""

    def __init__(self, home: Home, reader: StreamReader, writer: StreamWriter) -> None:
        """Take the connection."""
        super().__init__(home)
        self._reader = reader
        self._writer = writer
        self._ids = count(1)

    @override
    async def play(self, url: str) -> None:
        await self._ask("loadfile", url)

    @override
    async def stop(self) -> None:
        await self._ask("stop")

    @override
    async def seek(self, position_s: float) -> None:
        await self._ask("seek", position_s, "absolute")

    @override
    async def duration_s(self) -> float | None:
        with suppress(HomeError):
            return float(await self._ask("get_property", "duration"))
        return None

    async def _ask(self, *command: str | float) -> Any:
        number = next(self._ids)
        self._writer.write(json.dumps({"command": command, "request_id": number}).encode() + b"\n")
        async for line in self._reader:
            answer = json.loads(line)
            if answer.get("request_id") == number:
                if answer["error"] != "success":
                    raise HomeError(f"mpv refused {command[0]}: {answer['error']}.")
                return answer.get("data")
        raise HomeError("mpv has ended.")


@asynccontextmanager
async def mpv(home: Home, card: SoundCard, folder: Path) -> AsyncIterator[Player]:
    """Run mpv; it speaks over a socket that it inherits."""
    ours, its = socket.socketpair()
    options = ("--no-config", "--idle", "--no-video", "--ao=pulse", f"--input-ipc-client=fd://{its.fileno()}")
    process = await asyncio.create_subprocess_exec(
        *(program("mpv"), *options),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
        env=child_environment() | card.environment("mpv") | {"HOME": str(folder)},
        pass_fds=[its.fileno()],
    )
    its.close()
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        yield Mpv(home, reader, writer)
    finally:
        writer.close()
        await _end(process)


async def _end(process: Process) -> None:
    # It may have ended by itself.
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


class Ffplay(ByUrl):
    """An ffplay for each URL; it offers no remote control, and told to end by itself it cuts off the last syllable."""

    def __init__(self, home: Home, environment: dict[str, str]) -> None:
        """Take what tells it where to play."""
        super().__init__(home)
        self._environment = environment
        self._process: Process | None = None

    @override
    async def play(self, url: str) -> None:
        command = (program("ffplay"), "-nodisp", "-loglevel", "error", url)
        await self.stop()
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, env=child_environment() | self._environment
        )

    @override
    async def stop(self) -> None:
        if self._process:
            await _end(self._process)

    @override
    async def seek(self, position_s: float) -> None:
        raise NotImplementedError

    @override
    async def duration_s(self) -> float | None:
        return None


@asynccontextmanager
async def ffplay(home: Home, card: SoundCard, folder: Path) -> AsyncIterator[Player]:
    """Be ready to run ffplay."""
    player = Ffplay(home, card.environment("ffplay") | {"HOME": str(folder)})
    yield player
    await player.stop()


class Browser(ByUrl):
    """An <audio> element, made as Home Assistant's frontend makes it."""

    def __init__(self, home: Home, page: Page) -> None:
        """Take a page of Home Assistant."""
        super().__init__(home)
        self._page = page

    @override
    async def play(self, url: str) -> None:
        await self._page.evaluate(_PLAY, url)

    @override
    async def stop(self) -> None:
        await self._page.evaluate("() => window.player?.pause()")

    @override
    async def seek(self, position_s: float) -> None:
        await self._page.evaluate("position => { window.player.currentTime = position; }", position_s)

    @override
    async def duration_s(self) -> float | None:
        found = await self._page.evaluate("() => String(window.player.duration)")
        return None if found == "NaN" else float(found.replace("Infinity", "inf"))


@asynccontextmanager
async def chromium(home: Home, card: SoundCard, folder: Path) -> AsyncIterator[Player]:
    """Run Chromium without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program(*BROWSERS),
            chromium_sandbox=os.geteuid() != 0,
            args=[*_QUIET, "--autoplay-policy=no-user-gesture-required"],
            ignore_default_args=["--mute-audio"],
            env={**os.environ, **card.environment("chromium"), "HOME": str(folder)},
        )
        page = await browser.new_page()
        await page.goto(f"{home.url}/manifest.json")
        yield Browser(home, page)
        await browser.close()
