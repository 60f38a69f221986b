"""Players that Home Assistant's own integrations drive: VLC, MPD, and a DLNA renderer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import re
from typing import Final
from uuid import uuid4

from tests.home.child import Child, HomeError
from tests.home.client import Home
from tests.home.flow import ENTRIES, add_account
from tests.ports import free_port

from .player import Player, added, shown
from .process import HOST, as_nobody, listens, program, said
from .sound_card import SoundCard

_PASSWORD: Final = "players"
# libupnp takes no port below.
_FIRST_UPNP_PORT: Final = 49152
_LAST_PORT: Final = 65535

_MPD: Final = """\
bind_to_address "{host}"
port "{port}"
auto_update "no"
zeroconf_enabled "no"
audio_output {{
    type "pulse"
    name "loudspeaker"
    server "{server}"
    sink "{sink}"
    mixer_type "software"
}}
"""


@asynccontextmanager
async def vlc(home: Home, card: SoundCard, folder: Path) -> AsyncIterator[Player]:
    """Run VLC with its telnet interface."""
    port = free_port()
    telnet = ("-I", "telnet", "--telnet-host", HOST, "--telnet-port", str(port), "--telnet-password", _PASSWORD)
    command = (program("vlc"), *telnet, "--no-video", "--aout", "pulse")
    with _child("VLC", (*as_nobody(), *command), card, "vlc", folder) as child:
        await listens(child, port)
        async with added(home, "vlc_telnet", {"host": HOST, "port": port, "password": _PASSWORD}) as player:
            yield player


@asynccontextmanager
async def mpd(home: Home, card: SoundCard, folder: Path) -> AsyncIterator[Player]:
    """Run the Music Player Daemon."""
    port = free_port()
    config = folder / "mpd.conf"
    config.write_text(_MPD.format(host=HOST, port=port, server=card.address, sink="mpd"))
    command = (program("mpd"), "--no-daemon", "--stderr", str(config))
    with _child("MPD", command, card, "mpd", folder) as child:
        await listens(child, port)
        async with added(home, "mpd", {"host": HOST, "port": port}) as player:
            yield player


@asynccontextmanager
async def dlna(home: Home, card: SoundCard, folder: Path) -> AsyncIterator[Player]:
    """Run a DLNA renderer; UPnP needs a network beside the loopback interface."""
    port = next(port for port in range(_FIRST_UPNP_PORT, _LAST_PORT) if free_port(port) == port)
    uuid = str(uuid4())
    options = ("--port", str(port), "--uuid", uuid, "--friendly-name", "Renderer", "--logfile", "stderr")
    gstreamer = ("--gstout-audiosink", "pulsesink", "--mime-filter", "audio")
    with _child("gmediarender", (program("gmediarender"), *options, *gstreamer), card, "gmediarender", folder) as child:
        found = await said(child, re.compile(r"Registered IP=([\d.]+) port=(\d+)"))
        entry_id = await _add_renderer(home, f"http://{found[1]}:{found[2]}/description.xml", f"uuid:{uuid}")
        async with shown(home, "dlna_dmr", entry_id) as player:
            yield player


async def _add_renderer(home: Home, url: str, device: str) -> str:
    """Add a renderer by its URL, unless Home Assistant has found it meanwhile and only wants to be told to add it."""
    try:
        return await add_account(home, "dlna_dmr", {"url": url})
    except HomeError:
        flows = await home.command("config_entries/flow/progress")
        found = [flow["flow_id"] for flow in flows if flow["context"].get("unique_id") == device]
        if not found:
            raise
        return str((await home.post(f"{ENTRIES}/flow/{found[0]}", {}))["result"]["entry_id"])


def _child(name: str, command: tuple[str, ...], card: SoundCard, loudspeaker: str, folder: Path) -> Child:
    environment = card.environment(loudspeaker) | {"HOME": str(folder)}
    return Child(name, command, folder=folder, log=folder / f"{loudspeaker}.log", environment=environment)
