"""Home Assistant with this integration and the simulator, kept running: what scripts/develop runs."""

from pathlib import Path

import aiohttp

from tests.ports import free_port

from . import program
from .child import PRIVATE, HomeError
from .hass import PASSWORD, USER, HomeAssistant
from .simulator import KEY, Simulator

HOME_PORT = 8123
SIMULATOR_PORT = 8300


async def develop(config: Path) -> None:
    """Run both until Ctrl-C; the config folder stays, so accounts find their simulator at the same port again."""
    for port in (HOME_PORT, SIMULATOR_PORT):
        if free_port(port) != port:
            raise HomeError(f"Port {port} is taken.\nEnd the program that uses it (another scripts/develop?).")
    with Simulator(SIMULATOR_PORT) as simulator, HomeAssistant(config, HOME_PORT, audible=True) as hass:
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
            await hass.ready(session)
        print(  # noqa: T201  the program's output
            f"\nHome Assistant: {hass.url} (user {USER}, password {PASSWORD})",
            f"Simulator: API key {KEY}, region Own URL, {simulator.url}",
            "Restart this script after a change. Ctrl-C ends both.\n",
            sep="\n",
            flush=True,
        )
        await program.stay(hass, simulator)


if __name__ == "__main__":
    program.run(develop(PRIVATE / "config"))
