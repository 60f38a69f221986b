"""A real `hass` process: its config folder, its start, its first user."""

import asyncio
from collections.abc import Iterable
import json
from pathlib import Path
import shutil
import time
from typing import Any

import aiohttp

from .child import PRIVATE, ROOT, Child, HomeError
from .client import Home

PYTHON = PRIVATE / "venv/home-assistant/bin/python"
USER = "demo"
PASSWORD = "demo"

# Everything that a user sees without an internet connection.
CONFIGURATION = """\
homeassistant:
  name: KugelAudio
  country: DE
  currency: EUR
  language: en
  latitude: 52.52
  longitude: 13.405
  time_zone: Europe/Berlin
  unit_system: metric
  internal_url: {url}
  external_url: {url}
  # In a container it would be a folder of the whole machine.
  media_dirs:
    local: {media}
logger:
  default: info
assist_pipeline:
config:
conversation:
diagnostics:
frontend:
media_source:
repairs:
tts:
media_player:
  - platform: loudspeaker
    audible: {audible}
"""


def stores(port: int) -> dict[str, tuple[int, dict[str, Any]]]:
    """Return what Home Assistant is to find in its stores at its first start, and their versions."""
    return {
        # This step of onboarding would add met, radio_browser and google_translate, which need the internet.
        "onboarding": (4, {"done": ["core_config"]}),
        # In YAML, address and port would be a trial that somebody has to confirm within five minutes.
        "http": (
            3,
            {
                "stable": {
                    "server_host": ["127.0.0.1"],
                    "server_port": port,
                    "cors_allowed_origins": [],
                    "login_attempts_threshold": -1,
                    "ip_ban_enabled": False,
                    "ssl_profile": "intermediate_v6",
                    "use_x_frame_options": True,
                    "created_at": "2026-11-04T00:00:00+00:00",
                    "error": None,
                    "error_message": None,
                },
                "pending": None,
                "yaml_migration_done": True,
            },
        ),
    }


def write_config(folder: Path, port: int, *, audible: bool = False, more: Iterable[Path] = ()) -> None:
    """Make or update a config folder for a Home Assistant at this port, with our integrations and more linked in.

    One of the same name stands in for ours.
    """
    media = folder / "media"
    for needed in (folder / ".storage", media):
        needed.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    (folder / "configuration.yaml").write_text(
        CONFIGURATION.format(url=url, media=json.dumps(str(media)), audible=str(audible).lower())
    )
    for name, (version, data) in stores(port).items():
        store = folder / ".storage" / name
        if not store.exists():
            store.write_text(json.dumps({"version": version, "minor_version": 1, "key": name, "data": data}))
    integrations = folder / "custom_components"
    shutil.rmtree(integrations, ignore_errors=True)
    integrations.mkdir()
    own = (ROOT / "custom_components/kugelaudio", *(Path(__file__).parent / "custom_components").iterdir())
    for name, source in {source.name: source for source in (*own, *more)}.items():
        (integrations / name).symlink_to(source, target_is_directory=True)


class HomeAssistant(Child):
    """A Home Assistant in a process of its own, answering on the loopback interface only."""

    def __init__(
        self,
        config: Path,
        port: int,
        *,
        log: Path | None = None,
        audible: bool = False,
        python: Path = PYTHON,
        more: Iterable[Path] = (),
    ) -> None:
        """Start the Home Assistant of this Python with this config folder, and more integrations than ours."""
        if not python.exists():
            raise HomeError("Home Assistant is not installed.\nRun scripts/setup home-assistant.")
        write_config(config, port, audible=audible, more=more)
        self.url = f"http://127.0.0.1:{port}"
        command = (python, "-m", "homeassistant", "--config", config, "--skip-pip")
        super().__init__("Home Assistant", command, folder=config, log=log)

    async def ready(self, session: aiohttp.ClientSession, timeout_s: float = 120) -> Home:
        """Wait until Home Assistant runs, make its first user if it has none, and sign in."""
        deadline = time.monotonic() + timeout_s
        while not await self._answers(session):
            self._check(deadline)
            await asyncio.sleep(0.05)
        if code := await self._make_user(session):
            home = await Home.sign_in(session, self.url, code)
            client = {"client_id": f"{self.url}/", "redirect_uri": f"{self.url}/"}
            for step in ("analytics", "integration"):
                await home.post(f"/api/onboarding/{step}", client)
        else:
            home = await Home.sign_in(session, self.url, await self._log_in(session))
        while (await home.get("/api/config"))["state"] != "RUNNING":
            self._check(deadline)
            await asyncio.sleep(0.05)
        return await home.lasting()

    def _check(self, deadline: float) -> None:
        self.require_running()
        if time.monotonic() > deadline:
            raise HomeError(f"Home Assistant did not start in time.\n{self.last_lines()}")

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/manifest.json") as response:
                return response.ok
        except aiohttp.ClientConnectionError:
            return False

    async def _make_user(self, session: aiohttp.ClientSession) -> str | None:
        """Return an authorization code of the first user if it could be made."""
        user = {"name": USER, "username": USER, "password": PASSWORD, "language": "en"}
        user["client_id"] = f"{self.url}/"
        async with session.post(f"{self.url}/api/onboarding/users", json=user) as response:
            return str((await response.json())["auth_code"]) if response.ok else None

    async def _log_in(self, session: aiohttp.ClientSession) -> str:
        """Return an authorization code of the user that an earlier start made."""
        flow = f"{self.url}/auth/login_flow"
        client = {"client_id": f"{self.url}/", "redirect_uri": f"{self.url}/"}
        async with session.post(flow, json={"handler": ["homeassistant", None], **client}) as response:
            flow_id = (await response.json())["flow_id"]
        login = {"client_id": client["client_id"], "username": USER, "password": PASSWORD}
        async with session.post(f"{flow}/{flow_id}", json=login) as response:
            step = await response.json()
        if step["type"] != "create_entry":
            raise HomeError("The first user of this Home Assistant is not demo.\nDelete its config folder.")
        return str(step["result"])
