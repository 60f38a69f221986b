"""The official SDK asks for dictionaries and times of words as this client does, and hears the same."""

from hashlib import sha256
import json
from typing import Any

import pytest

from custom_components.kugelaudio.api.frames import first_context_text, first_text, whole_text
from custom_components.kugelaudio.api.models import VoiceSettings
from tests.api.words import timed
from tests.sdk.environment import PRONUNCIATION, printed_by
from tests.simulator import Simulator, tone_pcm

# The SDK runs in processes of its own.
pytestmark = [pytest.mark.real_time, pytest.mark.xdist_group("sdk")]

PATHS = {"whole": "/ws/tts", "growing": "/ws/tts/stream", "context": "/ws/tts/multi"}
SPOKEN: dict[str, tuple[tuple[int, ...] | None, str]] = {
    "active": (None, "Kugel Audio und HA sind da."),
    "none": ((), "KugelAudio und HA sind da."),
    "abbreviations": ((9,), "KugelAudio und Home Assistant sind da."),
    "both": ((7, 9), "Kugel Audio und Home Assistant sind da."),
}


def wishes(message: dict[str, Any]) -> dict[str, Any]:
    """Return what a request says of dictionaries and words; null says what no word of it says."""
    names = ("project_id", "dictionary_ids", "word_timestamps")
    return {name: message[name] for name in names if message.get(name) is not None}


def ours(way: str, ids: tuple[int, ...] | None) -> dict[str, Any]:
    """Return what this client says of them."""
    settings = VoiceSettings(voice_id="268", language="de", word_timestamps=True, project_id=42, dictionary_ids=ids)
    message: dict[str, Any] = json.loads(
        {
            "whole": whole_text("Hallo.", settings),
            "growing": first_text("Hallo.", settings),
            "context": first_context_text("Hallo.", "1", settings),
        }[way]
    )
    return wishes(message)


async def test_both_clients_ask_alike_and_hear_the_same(socket_enabled: None) -> None:  # noqa: ARG001 - opens sockets first
    """Every choice of dictionaries on every endpoint, at the same place of the request."""
    async with Simulator(sound="tone") as simulator:
        told = await printed_by(PRONUNCIATION, simulator)
        for way, path in PATHS.items():
            asked = [wish for message in simulator.journal.received(path) if (wish := wishes(message))]
            assert asked == [ours(way, ids) for ids, _ in SPOKEN.values()]
    for choice, (_, text) in SPOKEN.items():
        for heard in told[choice].values():
            assert heard["sha"] == sha256(tone_pcm(text, 24_000)).hexdigest()
            assert heard["words"] == [[word.text, word.start_ms, word.end_ms] for word in timed(text)]
