"""What the tests of dialogues share."""

from collections.abc import Sequence
from dataclasses import replace

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.dialogue import Line
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from tests.simulator import Simulator, tone_pcm

from .speech import VOICE

MULTI = "/ws/tts/multi"


VOICES = [replace(VOICE, voice_id=voice_id, cfg_scale=cfg) for voice_id, cfg in (("1071", 2.0), ("1072", 1.5))]


VOICES += [replace(VOICE, voice_id=voice_id) for voice_id in ("5004", "hans")]


SHORT = [
    Line("Knock knock.", VOICES[0]),
    Line("Who is there?", VOICES[1]),
    Line("A doorbell. With a button.", VOICES[0]),
]


def script(length: int) -> list[Line]:
    """Return lines of different texts and lengths, spoken in turn by four voices."""
    return [Line(f"Line number {number}{' again' * (number % 3)}.", VOICES[number % 4]) for number in range(length)]


def spoken(lines: Sequence[Line]) -> bytes:
    """Return the PCM that the server makes of lines of one sentence each."""
    return b"".join(tone_pcm(line.text, line.settings.sample_rate, line.settings.speed) for line in lines)


async def heard(client: KugelAudioClient, lines: Sequence[Line], metrics: SpeechMetrics | None = None) -> bytes:
    """Return the PCM of a dialogue."""
    return b"".join([pcm async for pcm in client.dialogue(lines, metrics or SpeechMetrics())])


def with_marker(simulator: Simulator, marker: str) -> list[str]:
    """Return the contexts for which the server told something, in the order in which it did."""
    return [str(frame["context_id"]) for frame in simulator.journal.sent(MULTI) if marker in frame]


def messages_with(simulator: Simulator, key: str) -> list[dict[str, object]]:
    """Return what the client sent with a certain key."""
    return [message for message in simulator.journal.received(MULTI) if key in message]


def most_at_once(simulator: Simulator) -> int:
    """Return how many contexts were open at the same time."""
    changes = [("context_created" in frame) - ("context_closed" in frame) for frame in simulator.journal.sent(MULTI)]
    return max(sum(changes[: end + 1]) for end in range(len(changes)))
