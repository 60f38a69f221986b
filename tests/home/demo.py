"""A real Home Assistant that speaks with KugelAudio's voices: what scripts/demo runs."""

import argparse
import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

import aiohttp

from tests.ports import free_port
from tests.simulator.plans import TIERS
from tests.simulator.profile import PROVIDERS

from . import program
from .child import HomeError
from .client import Home
from .hass import PASSWORD, USER, HomeAssistant
from .player import Heard, fetch_speech
from .simulator import KEY, Simulator
from .speech import Service, StoredVoice, add_speaker, hear_from_loudspeaker

PORT = 8123
TEXTS = {
    "de": "Die Waschmaschine ist fertig.",
    "en": "The washing machine has finished.",
    "es": "La lavadora ha terminado.",
    "fr": "La machine à laver a terminé.",
    "it": "La lavatrice ha finito.",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person at the terminal asked for."""

    once: bool
    text: str
    language: str
    voice: str | None
    out: Path | None
    json: Path | None
    port: int
    plan: int | None
    provider: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo did."""

    home_assistant: str
    home: Home
    endpoint: str
    speaker: StoredVoice
    heard: Heard
    loudspeaker: Mapping[str, Any]

    def summary(self, wishes: Wishes) -> dict[str, Any]:
        """Return the outcome for programs to read."""
        return {
            "home_assistant": self.home_assistant,
            "home_assistant_url": self.home.url,
            "endpoint": self.endpoint,
            "entity_id": self.speaker.entity_id,
            "voice": self.speaker.name,
            "language": wishes.language,
            "text": wishes.text,
            "url": self.heard.url,
            "ttfa_ms": round(self.heard.ttfa_ms, 1),
            "total_ms": round(self.heard.total_ms, 1),
            "audio_seconds": round(self.heard.seconds, 3),
            "sample_rate": self.heard.format.sample_rate,
            "loudspeaker": {
                key: self.loudspeaker[key] for key in ("seconds", "bytes", "first_byte_ms", "content_type")
            },
        }


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201  the program's output


def parse(arguments: list[str]) -> Wishes:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Starts a real Home Assistant that speaks with KugelAudio's voices, and stays until Ctrl-C. "
        "Without an account it uses the simulator; with a key in KUGELAUDIO_API_KEY, the real service.",
    )
    parser.add_argument("--once", action="store_true", help="end when everything was spoken")
    parser.add_argument("--text", help="what to say")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the text and the voice")
    parser.add_argument("--voice", metavar="NAME_OR_ID", help="default: the first that the integration offers")
    parser.add_argument("--out", type=Path, metavar="FILE.wav", help="write the speech here")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what happened here, for programs")
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"Home Assistant's port, default {PORT}")
    parser.add_argument("--plan", type=int, choices=tuple(TIERS), help="the simulator's tier, default: no limits")
    parser.add_argument(
        "--provider", choices=tuple(PROVIDERS), default="current", help="whose words the simulator keeps to"
    )
    given = vars(parser.parse_args(arguments))
    given["text"] = given["text"] or TEXTS.get(given["language"])
    if not given["text"]:
        parser.error(f"For {given['language']} there is no example sentence. Give one with --text.")
    for file in (given["out"], given["json"]):
        if file and not file.absolute().parent.is_dir():
            parser.error(f"The folder of {file} does not exist.")
    return Wishes(**given)


async def demo(wishes: Wishes) -> None:
    """Do everything, and leave nothing running."""
    with TemporaryDirectory(prefix="kugelaudio-demo-") as folder, ExitStack() as children:
        async with aiohttp.ClientSession() as session:
            service = await start_service(session, Path(folder), children, wishes)
            home, hass = await start_home(session, Path(folder), children, wishes.port)
            before = last_error(hass)
            try:
                outcome = await speak(home, service, wishes, Path(folder))
            except HomeError as error:
                logged = last_error(hass)
                raise HomeError(f"{error}\n{logged}" if logged != before else str(error)) from error
            report(outcome, wishes)
            if wishes.once:
                return
            say(f"\nLook around at {home.url} (user {USER}, password {PASSWORD}).")
            if service.url:
                say(f"To add the account by hand, delete this one: API key {service.key}, own URL {service.url}")
            say("Ctrl-C ends everything.")
            await program.stay(hass)


async def start_service(session: aiohttp.ClientSession, folder: Path, children: ExitStack, wishes: Wishes) -> Service:
    """Return the real service if there is a key for it, else start the simulator."""
    if key := os.environ.get("KUGELAUDIO_API_KEY", "").strip():
        say("Using the real KugelAudio service with the key in KUGELAUDIO_API_KEY.")
        return Service(key)
    say("Starting the simulator of KugelAudio's cloud …")
    arguments = ["--provider", wishes.provider]
    if wishes.plan is not None:
        arguments += ["--plan", str(wishes.plan)]
    simulator = children.enter_context(Simulator(free_port(), *arguments, log=folder / "simulator.log"))
    await simulator.ready(session)
    return Service(KEY, simulator.url)


async def start_home(
    session: aiohttp.ClientSession, folder: Path, children: ExitStack, wanted_port: int
) -> tuple[Home, HomeAssistant]:
    """Start Home Assistant at the wanted port, or at a free one if that is taken."""
    port = free_port(wanted_port)
    if port != wanted_port:
        say(f"Port {wanted_port} is taken; using {port}.")
    say("Starting Home Assistant …")
    start = time.monotonic()
    hass = children.enter_context(HomeAssistant(folder / "config", port, log=folder / "hass.log", audible=True))
    home = await hass.ready(session)
    version = (await home.get("/api/config"))["version"]
    seconds = time.monotonic() - start
    say(f"Home Assistant {version} runs at {home.url} after {seconds:.1f} s (user {USER}, password {PASSWORD}).")
    return home, hass


async def speak(home: Home, service: Service, wishes: Wishes, folder: Path) -> Outcome:
    """Add the account and a voice, and let it speak in both ways."""
    speaker = await add_speaker(home, service, wishes.language, wishes.voice, loudness="-18")
    say(f"Added a KugelAudio account and the voice {speaker.name} through the config flow: {speaker.entity_id}.")
    heard = await fetch_speech(home, speaker.entity_id, wishes.text, language=wishes.language)
    loudspeaker = await hear_from_loudspeaker(home, speaker.entity_id, wishes.text, wishes.language)
    return Outcome(
        home_assistant=(await home.get("/api/config"))["version"],
        home=home,
        endpoint=service.url or await stored_url(folder / "config", speaker.entry_id),
        speaker=speaker,
        heard=heard,
        loudspeaker=loudspeaker,
    )


async def stored_url(config: Path, entry_id: str) -> str:
    """Return the endpoint that the integration found for the account; Home Assistant shows it to nobody."""
    store = config / ".storage/core.config_entries"
    for _ in range(50):
        entries = json.loads(store.read_text())["data"]["entries"] if store.exists() else []
        for entry in entries:
            if entry["entry_id"] == entry_id:
                return str(entry["data"]["url"])
        await asyncio.sleep(0.1)
    return "unknown"


def report(outcome: Outcome, wishes: Wishes) -> None:
    """Say in plain words what happened, and write the files that were asked for."""
    heard, played = outcome.heard, outcome.loudspeaker
    say(
        f"Spoke “{wishes.text}” to a media player: first sound after {heard.ttfa_ms:.0f} ms (from the request for "
        f"the speech to the first byte of sound), {heard.seconds:.2f} s of speech at {heard.format.sample_rate} Hz, "
        f"complete after {heard.total_ms:.0f} ms."
    )
    say(
        f"Spoke it again through tts.speak: the loudspeaker in Home Assistant got {played['content_type']}, first "
        f"byte after {played['first_byte_ms']:.0f} ms, and heard {played['seconds']:.2f} s."
    )
    if wishes.out:
        wishes.out.write_bytes(heard.wav)
        say(f"Wrote the speech to {wishes.out}.")
    if wishes.json:
        wishes.json.write_text(json.dumps(outcome.summary(wishes), indent=2, ensure_ascii=False) + "\n")
        say(f"Wrote what happened to {wishes.json}.")


def last_error(hass: HomeAssistant) -> str:
    """Return the beginning and the end of the last error that Home Assistant logged."""
    records = re.split(r"^(?=\d{4}-\d\d-\d\d )", hass.last_lines(500), flags=re.MULTILINE)
    lines = next((record.splitlines() for record in reversed(records) if " ERROR (" in record), [])
    return "\n".join(lines if len(lines) < 10 else [lines[0], "  …", *lines[-8:]])


if __name__ == "__main__":
    program.run(demo(parse(sys.argv[1:])))
