"""What the demo does in a Home Assistant: add an account and a voice, and speak."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import time
from typing import Any

from .child import HomeError
from .client import Home
from .flow import Answer, add_account, add_voice, first_option, option

DOMAIN = "kugelaudio"
LOUDSPEAKER = "media_player.loudspeaker"


@dataclass(frozen=True, slots=True)
class Service:
    """Whose voices speak: the key of an account, and the URL of a service that is not the public one."""

    key: str
    url: str | None = None

    @property
    def answers(self) -> dict[str, Answer]:
        """Return what the config flow asks about the account."""
        place: dict[str, Answer] = {"region": "auto"} if self.url is None else {"region": "custom", "url": self.url}
        return {"api_key": self.key, **place}


@dataclass(frozen=True, slots=True)
class StoredVoice:
    """A voice that was added to a Home Assistant."""

    entry_id: str
    entity_id: str
    name: str


async def add_speaker(
    home: Home, service: Service, language: str, voice: str | None, **settings: Answer
) -> StoredVoice:
    """Add the account and its first voice, with other settings than proposed, through the config flow."""
    entry_id = await add_account(home, DOMAIN, {**service.answers, **_wanted(language, voice), **settings})
    return (await speakers(home, entry_id))[0]


async def add_second_speaker(home: Home, first: StoredVoice, language: str, voice: str) -> StoredVoice:
    """Add another voice to the account of the first."""
    before = await speakers(home, first.entry_id)
    await add_voice(home, DOMAIN, first.entry_id, _wanted(language, voice))
    deadline = time.monotonic() + 20
    while not (added := [one for one in await speakers(home, first.entry_id) if one not in before]):
        if time.monotonic() > deadline:
            raise HomeError("The voice was added, but Home Assistant shows no entity of it.")
        await asyncio.sleep(0.05)
    return added[0]


def _wanted(language: str, voice: str | None) -> dict[str, Answer]:
    # As loud as it comes, so that what is heard is, sample by sample, what the simulator has made.
    return {"language": language, "voice": option(voice) if voice else first_option, "loudness": "off"}


async def speakers(home: Home, entry_id: str) -> list[StoredVoice]:
    """Return the voices of an account."""
    ids = [
        entity["entity_id"]
        for entity in await home.entities(DOMAIN)
        if entity["config_entry_id"] == entry_id and entity["entity_id"].startswith("tts.")
    ]
    if not ids:
        raise HomeError("The account was added, but Home Assistant shows no voice of it.")
    return [StoredVoice(entry_id, one, (await home.state(one)).attributes["friendly_name"]) for one in ids]


async def hear_from_loudspeaker(
    home: Home, entity_id: str, text: str, language: str | None = None
) -> Mapping[str, Any]:
    """Speak with the action tts.speak, from no cache, and return what the loudspeaker heard."""
    await home.call("tts.clear_cache", {})
    before = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    data = {"entity_id": entity_id, "media_player_entity_id": LOUDSPEAKER, "message": text}
    await home.call("tts.speak", data | ({"language": language} if language else {}))
    state = await home.wait_for(LOUDSPEAKER, lambda now: now.attributes["times_played"] > before, timeout_s=60)
    if problem := state.attributes["error"]:
        raise HomeError(f"The loudspeaker heard nothing: {problem}.")
    return state.attributes
