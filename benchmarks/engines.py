"""The engines of one Home Assistant, each with an assistant that speaks with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.home.assistant import add_assistant
from tests.home.client import Home
from tests.home.flow import Answer, add_account, set_account
from tests.home.simulator import KEY
from tests.home.speech import Service, add_speaker

from .peers.elevenlabs_server import RECITED

VOICE = "1071"
OURS = "KugelAudio (this integration)"
LIMIT = "limit inside Home Assistant"
# Others know no limit; ours begins with five unless the account says otherwise.
MOST_AT_ONCE = 50
SDK = "plain entity over the SDK"


@dataclass(frozen=True, slots=True)
class Engine:
    """A text-to-speech engine, and the pipeline of its assistant."""

    name: str
    entity_id: str
    pipeline: str
    recites: str = ""

    def sound_of(self, text: str) -> str:
        """Return the text whose sound is heard: one provider says the same whatever it is asked for, but as long."""
        return self.recites[: len(text)] or text

    @property
    def is_peer(self) -> bool:
        """Tell whether it is one that we want to be at least as fast as."""
        return self.name not in {OURS, LIMIT}


async def add_engines(home: Home, url: str, ports: Mapping[str, int]) -> tuple[Engine, ...]:
    """Add ours and all others, by their config flows; `ports` are those of the peers' servers."""
    speaker = await add_speaker(home, Service(KEY, url), "en", VOICE)
    await set_account(home, "kugelaudio", speaker.entry_id, {"parallel": str(MOST_AT_ONCE)})
    plain: dict[str, Answer] = {"url": url, "api_key": KEY, "elevenlabs_url": f"http://127.0.0.1:{ports['elevenlabs']}"}
    await add_account(home, "benchmark_engines", plain)
    found = {OURS: speaker.entity_id, LIMIT: "tts.limit", SDK: "tts.sdk"}
    for name, port in ports.items():
        domain = name.split(" ")[0]
        answers: dict[str, Answer] = {"api_key": KEY} if domain == "elevenlabs" else {"host": "127.0.0.1", "port": port}
        found[name] = await _entity_of(home, domain, await add_account(home, domain, answers))
    return tuple(
        [
            Engine(name, one, await add_assistant(home, one), RECITED if name == "elevenlabs" else "")
            for name, one in found.items()
        ]
    )


async def _entity_of(home: Home, domain: str, entry_id: str) -> str:
    """Return the speech entity of a config entry."""
    return next(
        str(entity["entity_id"])
        for entity in await home.entities(domain)
        if entity["config_entry_id"] == entry_id and entity["entity_id"].startswith("tts.")
    )
