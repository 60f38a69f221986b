"""Speech at one loudness, whoever speaks, as players get it from Home Assistant."""

from array import array
from collections.abc import Iterator
import random
from typing import override

import audioop
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.other_engine import OtherEngine
from tests.simulator import Fault, Simulator, voices
from tests.simulator.synthesis import SpeechRequest, ToneSynthesizer, WordSynthesizer
from tests.sound.meter import measured
from tests.speaking import COMPLETE, HEADER_LENGTH, REST, TEXT, WAV, fetch, fetch_growing, growing

pytestmark = pytest.mark.usefixtures("account")

RATE = 24000
LONG = "The washing machine has finished. Somebody is standing at the front door, and it is going to rain."
VOICES = [voice for number in range(voices.FIRST_ID, voices.FIRST_ID + 40) if (voice := voices.find_voice(number))][:20]
LEVELLED = {**WAV, "loudness": -18}


def pcm_of(audio: bytes) -> bytes:
    """Return the samples of a WAV."""
    return audio[HEADER_LENGTH:]


class Choir(WordSynthesizer):
    """Voices that are not as loud as each other."""

    def __init__(self, gains_db: dict[int, float]) -> None:
        """Take how much louder than the first each is."""
        self._gains_db = gains_db

    @override
    def pieces(self, request: SpeechRequest) -> Iterator[bytes]:
        gain = 10 ** (self._gains_db.get(request.voice.id, 0.0) / 20)
        return (audioop.mul(piece, 2, gain) for piece in super().pieces(request))


class Whisperer(ToneSynthesizer):
    """Tones, a quarter as high as usual."""

    @override
    def pieces(self, request: SpeechRequest) -> Iterator[bytes]:
        return (audioop.mul(piece, 2, 0.25) for piece in super().pieces(request))


def loudest(pcm: bytes) -> int:
    """Return the largest sample."""
    return max(map(abs, array("h", pcm)))


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.name)
async def test_every_voice_is_as_loud_as_the_others(
    hass_client: ClientSessionGenerator, simulator: Simulator, voice: voices.Voice
) -> None:
    """Within one unit, when it is heard first and when it is known; no peak is above -1 dB."""
    soft_or_loud = random.Random(voice.id)  # noqa: S311 - any will do
    simulator.synthesizer = Choir({voice.id: soft_or_loud.uniform(-14, 3)})
    for _ in range(2):
        _, audio = await fetch(hass_client, LONG, options={**LEVELLED, "voice": str(voice.id)})
        loudness_lufs, peak_db = measured(pcm_of(audio), RATE)
        assert loudness_lufs == pytest.approx(-18, abs=1)
        assert peak_db < -1


def test_there_are_twenty_voices() -> None:
    """As many as the proof asks for."""
    assert len(VOICES) == 20


async def test_all_of_it_is_heard(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """Not one sample comes or goes, in a text that is complete and in one that is being written."""
    _, audio = await fetch(hass_client, options=LEVELLED)
    assert len(pcm_of(audio)) == len(COMPLETE)
    assert audio[HEADER_LENGTH:] != COMPLETE
    deltas = growing("The washing", " machine", " has finished.")
    _, audio = await fetch_growing(hass, hass_client, deltas, options=LEVELLED)
    assert len(pcm_of(audio)) == len(COMPLETE)


async def test_each_voice_of_a_dialogue_is_levelled_by_itself(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """One whispers, the other shouts: nobody hears that, nor where one ends and the other begins."""
    simulator.synthesizer = Choir({1071: -14.0, 1072: 3.0})
    said = f"{LONG} [voice:Nathan Cole] {LONG}"
    for voice in ("1071", "1072"):
        await fetch(hass_client, LONG, options={**LEVELLED, "voice": voice})
    _, one = await fetch(hass_client, LONG, options=WAV)
    _, audio = await fetch(hass_client, said, options=LEVELLED)
    border = len(pcm_of(one))
    for part in (pcm_of(audio)[:border], pcm_of(audio)[border:]):
        assert measured(part, RATE)[0] == pytest.approx(-18, abs=1)


async def test_a_voice_is_known_over_restarts(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Its first word is right from then on."""
    simulator.synthesizer = Whisperer()
    for _ in range(3):
        await fetch(hass_client, LONG, options=LEVELLED)
    await hass.config_entries.async_unload(account.entry_id)
    await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    _, audio = await fetch(hass_client, LONG, options=LEVELLED)
    begin, end = pcm_of(audio)[4800:14400], pcm_of(audio)[-14400:-4800]
    assert audioop.rms(begin, 2) == pytest.approx(audioop.rms(end, 2), rel=0.2)


async def test_what_is_too_short_tells_nothing_of_a_voice(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """It is levelled, but not remembered: the next text begins as if nothing had been heard."""
    simulator.synthesizer = Whisperer()
    await fetch(hass_client, "No.", options=LEVELLED)
    simulator.synthesizer = ToneSynthesizer()
    _, fresh = await fetch(hass_client, TEXT, options={**LEVELLED, "model": "kugel-3"})
    _, audio = await fetch(hass_client, TEXT, options=LEVELLED)
    assert audio == fresh


async def test_speech_over_rest_is_levelled(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """However much of it comes at once."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=426)
    _, audio = await fetch(hass_client, LONG, options=LEVELLED)
    assert REST in simulator.journal.paths()
    assert measured(pcm_of(audio), RATE)[0] == pytest.approx(-18, abs=1)


async def test_another_engine_is_levelled_too(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """It is one of the voices of this home."""
    simulator.faults.add(Fault.HTTP_DROP, None)
    simulator.faults.add(Fault.HANDSHAKE_DROP, None)
    _, audio = await fetch(hass_client, LONG, options=LEVELLED)
    assert other.said
    assert measured(pcm_of(audio), RATE)[0] == pytest.approx(-18, abs=1)


async def test_gain_alone_only_makes_louder(hass_client: ClientSessionGenerator) -> None:
    """By exactly so much; what would be too loud is held back."""
    _, audio = await fetch(hass_client, options={**WAV, "gain_db": -6})
    assert loudest(audio[HEADER_LENGTH:]) == pytest.approx(loudest(COMPLETE) * 10 ** (-6 / 20), rel=0.01)
    _, audio = await fetch(hass_client, options={**WAV, "gain_db": 12})
    assert loudest(audio[HEADER_LENGTH:]) < 32768 * 10 ** (-1 / 20)


async def test_a_gain_is_added_to_the_loudness(hass_client: ClientSessionGenerator) -> None:
    """A voice that holds back, among others that are as loud as each other."""
    _, audio = await fetch(hass_client, LONG, options={**LEVELLED, "gain_db": -4})
    assert measured(pcm_of(audio), RATE)[0] == pytest.approx(-22, abs=1)


async def test_silence_is_not_raised(hass_client: ClientSessionGenerator) -> None:
    """Pauses and what stands around the words stay as they are."""
    options = {**LEVELLED, "lead_in_ms": 100, "tail_ms": 100}
    _, audio = await fetch(hass_client, f"{TEXT} [pause:500] {TEXT}", options=options)
    pcm = pcm_of(audio)
    assert len(pcm) == 2 * len(COMPLETE) + 24000 + 2 * 4800
    assert not any(pcm[:4800])
    assert not any(pcm[-4800:])
    assert not any(pcm[4800 + len(COMPLETE) :][:24000])
