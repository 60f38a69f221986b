"""Speech at one loudness for several at once: all hear the same, each in a format of its own."""

import asyncio
from collections.abc import Iterator
from typing import override

import audioop
from homeassistant.components.tts import TTSAudioResponse
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.speech.record import Outcome
from tests.sensing import numbers
from tests.simulator import Profile, Simulator
from tests.simulator.synthesis import SpeechRequest, WordSynthesizer
from tests.sound.listening import decoded, noise_db, resampled, samples
from tests.sound.meter import measured
from tests.speaking import HEADER_LENGTH, MP3, WAV, WHOLE

from .asking import ESPHOME, VOICE_PE, Wish, all_of, asked, records, spoken

pytestmark = pytest.mark.usefixtures("account", "passed_on")

RATE = 24000
LONG = "The washing machine has finished. Somebody is standing at the front door, and it is going to rain."
# No encoder makes it: Home Assistant gets Sun audio as the server spoke, and would convert that.
AU = {**WAV, "preferred_sample_rate": 44101}
LEVELLED = {"loudness": -18, "gain_db": -3}
# The first is what the others are measured by.
KINDS: list[Wish] = [{**kind, **LEVELLED} for kind in (WAV, MP3, VOICE_PE, ESPHOME, AU)]
# What LAME and a decoder put before the sound.
MP3_DELAY = 576 + 529


class Whisperer(WordSynthesizer):
    """A voice that has to be raised."""

    @override
    def pieces(self, request: SpeechRequest) -> Iterator[bytes]:
        return (audioop.mul(piece, 2, 0.25) for piece in super().pieces(request))


@pytest.fixture
async def whisperer(simulator: Simulator, account: MockConfigEntry) -> None:
    """Let the provider whisper, and the encoders be known."""
    simulator.synthesizer = Whisperer()
    await account.runtime_data.account.encoders.prepare()


def is_the_same(pcm: bytes, options: Wish, audio: bytes) -> bool:
    """Tell whether audio is all of the PCM, as it was asked for."""
    if options["preferred_format"] != "mp3":
        sample_rate = RATE if audio.startswith(b".snd") else int(str(options.get("preferred_sample_rate", RATE)))
        return decoded(audio) == resampled(pcm, sample_rate)
    meant = samples(pcm)
    return noise_db(samples(decoded(audio))[MP3_DELAY : MP3_DELAY + len(meant)], meant) < -20


def is_levelled(pcm: bytes) -> bool:
    """Tell whether PCM is as loud as it shall be."""
    loudness_lufs, peak_db = measured(pcm, RATE)
    return loudness_lufs == pytest.approx(-21, abs=1) and peak_db < -1


def cents(simulator: Simulator) -> list[object]:
    """Return what was billed."""
    bills = [frame["usage"] for frame in simulator.journal.sent(WHOLE) if "usage" in frame]
    return [bill["cost_cents"] for bill in bills if isinstance(bill, dict)]


@pytest.mark.usefixtures("whisperer")
@pytest.mark.parametrize("first", range(5))
async def test_all_who_ask_at_once_hear_the_same(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator, first: int
) -> None:
    """Whoever was first; nobody has to wait for another one's encoder, and it is billed once."""
    simulator.profile = Profile(speed=4)
    kinds = KINDS[first:] + KINDS[:first]
    begun_at_s: list[float] = []

    async def hearing(options: Wish) -> bytes:
        response = await asked(hass, options, LONG)
        begun_at_s.append(hass.loop.time())
        return await all_of(response)

    heard_by = await asyncio.gather(*map(hearing, kinds))
    pcm = heard_by[kinds.index(KINDS[0])][HEADER_LENGTH:]
    assert is_levelled(pcm)
    assert [kind for kind, audio in zip(kinds, heard_by, strict=True) if not is_the_same(pcm, kind, audio)] == []
    # An MP3 and what is resampled begin a piece later than what goes out as it comes.
    assert max(begun_at_s) - min(begun_at_s) < 0.1
    await assert_bought_once(hass, account, simulator)


@pytest.mark.usefixtures("whisperer")
# Not who is content with 16 kHz: that would be too dull for the others.
@pytest.mark.parametrize("first", [0, 1, 2, 4])
async def test_all_who_come_meanwhile_hear_the_same(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator, first: int
) -> None:
    """From its beginning and at once, though the loudness that was found is another one by then."""
    simulator.profile = Profile(speed=2)
    kinds = KINDS[first:] + KINDS[:first]
    hearing: list[tuple[bytes, TTSAudioResponse]] = []
    for kind in kinds:
        asked_at_s = hass.loop.time()
        response = await asked(hass, kind, LONG)
        begin = await anext(aiter(response.data_gen))
        assert not hearing or hass.loop.time() == asked_at_s
        hearing.append((begin, response))
        await asyncio.sleep(0.3)
    assert not cents(simulator)
    heard_by = [begin + await all_of(response) for begin, response in hearing]
    pcm = heard_by[kinds.index(KINDS[0])][HEADER_LENGTH:]
    assert is_levelled(pcm)
    assert [kind for kind, audio in zip(kinds, heard_by, strict=True) if not is_the_same(pcm, kind, audio)] == []
    await assert_bought_once(hass, account, simulator)


async def assert_bought_once(hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator) -> None:
    """Assert that five have heard one utterance."""
    assert spoken(simulator) == [RATE]
    [record] = records(account)
    assert (record.outcome, record.listeners, record.characters) == (Outcome.SPOKEN, 5, len(LONG))
    await hass.async_block_till_done()
    [billed] = cents(simulator)
    assert numbers(hass, "cost", "utterances") == [pytest.approx(float(str(billed)) / 100), 1]
