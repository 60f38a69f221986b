"""What the tests of dialogues share."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.models import VoiceSettings
from custom_components.kugelaudio.speech.dispatch import Dispatcher, LineWay
from custom_components.kugelaudio.speech.generation import FIRST_AUDIO_LIMIT_S
from custom_components.kugelaudio.speech.lines import Line, speak_lines
from custom_components.kugelaudio.speech.metrics import UtteranceMetrics
from custom_components.kugelaudio.speech.slots import GenerationSlots
from tests.api.speech import VOICE
from tests.simulator import Simulator, tone_pcm

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


def as_it_comes(_settings: VoiceSettings, speech: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Return speech as loud as it is."""
    return speech


def speaking(
    client: KugelAudioClient, lines: Sequence[Line], metrics: UtteranceMetrics | None = None, at_once: int = 20
) -> AsyncGenerator[bytes]:
    """Return the PCM of lines as it comes."""
    metrics = metrics or UtteranceMetrics(VOICE.sample_rate)
    way = LineWay(limit_s=FIRST_AUDIO_LIMIT_S)
    return speak_lines(Dispatcher(client, GenerationSlots(at_once)), lines, metrics, way, as_it_comes)


async def heard(
    client: KugelAudioClient, lines: Sequence[Line], metrics: UtteranceMetrics | None = None, at_once: int = 20
) -> bytes:
    """Return the PCM of lines."""
    return b"".join([pcm async for pcm in speaking(client, lines, metrics, at_once)])


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
