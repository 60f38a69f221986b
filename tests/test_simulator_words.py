"""The simulator speaks real words."""

from array import array

import pytest

from tests.simulator.dictionaries import entries_for, pronounce
from tests.simulator.synthesis import FEMALE, MALE, SpeechRequest, WordSynthesizer, sound_of
from tests.simulator.text import Segment, break_ms, segments
from tests.simulator.voices import LANGUAGES, VOICES_BY_ID

RATE = 24_000


def pieces(text: str, voice_id: int = 1071, **options: object) -> list[bytes]:
    """Return a text in words and pauses."""
    voice = VOICES_BY_ID[voice_id]
    settings: dict[str, object] = {"language": voice.language, "sample_rate": RATE, **options}
    request = SpeechRequest(text=text, voice=voice, **settings)  # type: ignore[arg-type]
    return list(WordSynthesizer().pieces(request))


def said(text: str, voice_id: int = 1071, **options: object) -> bytes:
    """Return a text in words."""
    return b"".join(pieces(text, voice_id, **options))


def loudness(pcm: bytes) -> int:
    """Return the largest sample."""
    return max((abs(sample) for sample in array("h", pcm)), default=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_spoken(language: str) -> None:
    """Each of the 39 languages has a sound of its own voice."""
    voice = next(v for v in VOICES_BY_ID.values() if v.language == language)
    assert loudness(said(f"{voice.name} 1 2 3.", voice.id)) > 1000


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 44100])
def test_words_take_equally_long_at_every_rate(sample_rate: int) -> None:
    """Resampling changes the number of samples, not the time."""
    native = len(said("How long is this?")) / RATE
    other = len(said("How long is this?", sample_rate=sample_rate)) / sample_rate
    assert other == pytest.approx(native, rel=0.01)


def test_voices_sound_different_and_each_the_same_every_time() -> None:
    """A voice is recognised by its sound; men and women have theirs."""
    sounds = {voice.id: sound_of(voice, "en") for voice in VOICES_BY_ID.values()}
    assert len(set(sounds.values())) > 0.95 * len(sounds)
    assert sounds[1071][0].split("+")[1] in FEMALE
    assert sounds[1072][0].split("+")[1] in MALE
    text = "The same words."
    assert len(said(text)) == pytest.approx(len(said(text)), rel=0.01)


def test_speed_and_prosody_change_the_length() -> None:
    """Both stretch; the span's own rate wins."""
    text = "This sentence is long enough to be measured."
    normal, slow, fast = (len(said(text, speed=speed)) for speed in (1.0, 0.8, 1.2))
    assert fast < normal < slow
    prosody = said(f'<prosody rate="slow">{text}</prosody>', speed=1.2)
    assert len(prosody) == pytest.approx(slow, rel=0.02)


@pytest.mark.parametrize(
    ("attributes", "length_ms"),
    [
        ({}, 200),
        ({"time": "299ms"}, 200),
        ({"time": "300ms"}, 400),
        ({"time": "449ms"}, 400),
        ({"time": "0.45s"}, 500),
        ({"time": "9s"}, 500),
        ({"strength": "none"}, 0),
        ({"strength": "medium"}, 200),
        ({"strength": "x-strong"}, 500),
    ],
)
def test_breaks_snap_to_three_lengths(attributes: dict[str, str], length_ms: int) -> None:
    """200, 400 and 500 ms, ties up."""
    assert break_ms(attributes) == length_ms


def test_a_break_is_exactly_as_long_as_it_says() -> None:
    """Between the two sides there is nothing but its silence."""
    before, silence, after = pieces("One.<break time='400ms'/>Two.")
    assert silence == bytes(2 * RATE * 400 // 1000)
    assert loudness(before) > 1000
    assert loudness(after) > 1000


def test_spelling_reads_characters_in_groups() -> None:
    """Symbols have names; groups are half a second apart; the end may be missing."""
    assert list(segments('<spell group="2">a@B-</spell>', "de")) == [
        Segment(text="a, ät"),
        Segment(pause_ms=500),
        Segment(text="B, Strich"),
    ]
    assert list(segments("Code <spell>AB", "en")) == [
        Segment(text="Code "),
        Segment(text="A, B"),
    ]


def test_dictionaries_replace_words() -> None:
    """Those of the project apply, by language or by their ids."""
    entries = entries_for(42, None, "de")
    assert pronounce("Das wlan hat HA.", entries) == "Das Weh Lahn hat HA."
    assert entries_for(42, None, "fr") == entries_for(None, (7,), "de") == ()
    house = entries_for(42, (9,), "de")
    assert len(said(pronounce("HA", house), 268)) > 1.2 * len(said("HA", 268))


def test_without_normalization_numbers_are_digits() -> None:
    """Four digits are shorter than the number that they make."""
    assert len(said("1789", normalize=False)) < 0.9 * len(said("1789"))
