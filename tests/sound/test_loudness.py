"""Speech at one perceived level: measured by ffmpeg's EBU R128, which knows nothing of ours."""

from array import array
from itertools import pairwise
from math import log10, pi, sin
import random

import audioop
import pytest

from custom_components.kugelaudio.sound.loudness import Leveller, Loudness, LoudnessMeter
from tests.simulator import voices
from tests.simulator.synthesis import SpeechRequest, WordSynthesizer
from tests.sound.meter import measured

RATE = 24000
FRAME_BYTES = RATE // 10 * 2
TEXT = "The washing machine has finished. Somebody is standing at the front door, and it is going to rain."
VOICES = [voice for number in range(voices.FIRST_ID, voices.FIRST_ID + 40) if (voice := voices.find_voice(number))][:20]


def speech(voice: voices.Voice, gain_db: float) -> bytes:
    """Return what a voice says, as loud as voices may be."""
    request = SpeechRequest(
        text=TEXT, voice=voice, language=voice.language, sample_rate=RATE, speed=1.0, normalize=True
    )
    return audioop.mul(b"".join(WordSynthesizer().pieces(request)), 2, 10 ** (gain_db / 20))


def levelled(leveller: Leveller, pcm: bytes, piece_bytes: int = FRAME_BYTES) -> bytes:
    """Return speech that came in pieces, levelled."""
    pieces = [leveller.process(pcm[at : at + piece_bytes]) for at in range(0, len(pcm), piece_bytes)]
    return b"".join((*pieces, leveller.finish()))


def tone(sample_rate: int, hertz: float, seconds: float, amplitude: float) -> bytes:
    """Return a sine."""
    count = int(sample_rate * seconds)
    return array("h", (round(amplitude * sin(2 * pi * hertz * i / sample_rate)) for i in range(count))).tobytes()


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.name)
def test_every_voice_is_as_loud(voice: voices.Voice) -> None:
    """From the first time on, and also where it is known; no peak is above -1 dB, and no sample is lost."""
    pcm = speech(voice, random.Random(voice.id).uniform(-14, 3))  # noqa: S311 - as loud as it happens to be
    known_lufs = None
    for _ in range(2):
        leveller = Leveller(RATE, Loudness(-18, 0), known_lufs=known_lufs)
        out = levelled(leveller, pcm)
        loudness_lufs, peak_db = measured(out, RATE)
        assert loudness_lufs == pytest.approx(-18, abs=1)
        assert peak_db < -1
        assert len(out) == len(pcm)
        known_lufs = leveller.measured_lufs


def test_there_are_twenty_voices() -> None:
    """As many as the proof asks for."""
    assert len(VOICES) == 20


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("hertz", [150, 1000, 3000])
def test_the_meter_agrees_with_another(sample_rate: int, hertz: float) -> None:
    """To half a unit, at every rate."""
    pcm = tone(sample_rate, hertz, 3, 6000)
    meter = LoudnessMeter(sample_rate)
    meter.add(pcm)
    assert meter.loudness_lufs == pytest.approx(measured(pcm, sample_rate)[0], abs=0.6)


def test_silence_between_words_does_not_count() -> None:
    """Neither the absolute gate nor the relative one lets it through."""
    meter = LoudnessMeter(RATE)
    assert meter.loudness_lufs is None
    meter.add(bytes(RATE))
    assert meter.loudness_lufs is None
    meter.add(tone(RATE, 500, 2, 8000))
    alone = meter.loudness_lufs
    meter.add(bytes(4 * RATE) + tone(RATE, 500, 2, 80))
    assert meter.loudness_lufs == pytest.approx(alone, abs=0.7)


def test_the_first_samples_come_with_the_first_that_go_in() -> None:
    """But for five milliseconds: nothing waits to be measured."""
    leveller = Leveller(RATE, Loudness(-18, 0))
    assert len(leveller.process(tone(RATE, 300, 0.02, 3000))) == RATE * 15 // 1000 * 2


@pytest.mark.parametrize("piece_bytes", [2, 46, 48, 1000, 1 << 20])
def test_pieces_may_be_of_any_size(piece_bytes: int) -> None:
    """All samples come out, and the peaks are held down."""
    pcm = tone(RATE, 300, 0.5004, 3000)
    out = levelled(Leveller(RATE, Loudness(-14, 0)), pcm, piece_bytes)
    assert len(out) == len(pcm)
    assert measured(out + bytes(2 * RATE), RATE)[1] < -1


def test_gain_is_added() -> None:
    """To what is aimed at; it has its limits."""
    pcm = tone(RATE, 1000, 4, 2000)
    plain, louder = (measured(levelled(Leveller(RATE, Loudness(-24, gain)), pcm), RATE)[0] for gain in (0, 6))
    assert louder - plain == pytest.approx(6, abs=0.3)
    faint = tone(RATE, 1000, 2, 60)
    raised = measured(levelled(Leveller(RATE, Loudness(-18, 0)), faint), RATE)[0]
    assert raised == pytest.approx(measured(faint, RATE)[0] + 20, abs=1)


def test_silence_stays_silence() -> None:
    """Nothing is raised where nothing is."""
    leveller = Leveller(RATE, Loudness(-18, 0))
    assert levelled(leveller, bytes(RATE)) == bytes(RATE)
    assert leveller.measured_lufs is None


def test_a_peak_is_met_before_it_comes() -> None:
    """A shout after a whisper: the gain is down in time, and does not jump."""
    out = levelled(
        Leveller(RATE, Loudness(-18, 0), known_lufs=-40.0), tone(RATE, 300, 1, 800) + tone(RATE, 300, 0.3, 32000)
    )
    samples = array("h", out)
    assert max(abs(sample) for sample in samples) < 32768 * 10 ** (-1 / 20)
    assert max(abs(after - before) for before, after in pairwise(samples)) < 2600


@pytest.mark.parametrize(("faint_s", "db_per_s"), [(0.3, 12), (1.5, 3)])
def test_who_becomes_louder_is_turned_down_gently(faint_s: float, db_per_s: float) -> None:
    """Fast while nobody knows the voice yet, then so that nobody notices; never at once."""
    pcm = tone(RATE, 1000, faint_s, 200) + tone(RATE, 1000, 2, 2000)
    out = levelled(Leveller(RATE, Loudness(-30, 0)), pcm)
    piece_bytes = RATE // 10 * 2
    first = round(10 * faint_s) + 1
    gains_db = [
        20 * log10(audioop.rms(out[at : at + piece_bytes], 2) / audioop.rms(pcm[at : at + piece_bytes], 2))
        for at in range(first * piece_bytes, (first + 5) * piece_bytes, piece_bytes)
    ]
    assert [before - after for before, after in pairwise(gains_db)] == pytest.approx([db_per_s / 10] * 4, abs=0.1)
