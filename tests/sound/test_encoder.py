"""One format after the other, decoded as players do it."""

import io
import wave

import audioop
import pytest

from custom_components.kugelaudio.sound.encoder import AudioFormat, encoder_for, formats_made_here

from .listening import RATE, USUAL_RATES, body, decoded, encoder, file, resampled, speech, stream


def in_channels(pcm: bytes, channels: int) -> bytes:
    """Return what each of the channels shall have."""
    return pcm if channels == 1 else audioop.tostereo(pcm, 2, 1, 1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("name", "sample_rate"),
    [
        *(("flac", rate) for rate in USUAL_RATES),
        *((name, rate) for name in ("wav", "au") for rate in (8_000, RATE, 48_000)),
    ],
)
def test_what_is_lossless_is_the_pcm_bit_for_bit(name: str, sample_rate: int, channels: int) -> None:
    """As a stream that nobody knows the length of."""
    heard = decoded(stream(encoder(name, sample_rate, channels), speech()))
    assert heard == in_channels(resampled(speech(), sample_rate), channels)


@pytest.mark.parametrize("name", ["flac", "wav", "au"])
def test_what_is_lossless_is_so_in_a_file(name: str) -> None:
    """The head that tells the length changes nothing of the sound."""
    assert decoded(file(encoder(name), speech())) == speech()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("sample_bytes", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["wav", "au"])
def test_samples_have_as_many_bytes_as_are_wished(name: str, sample_bytes: int, channels: int) -> None:
    """One byte keeps the upper half of a sample; three and four have zeros below it."""
    made = encoder(name, RATE, channels, sample_bytes=sample_bytes)
    sound = body(made, [speech()])
    assert len(sound) == len(speech()) // 2 * sample_bytes * channels
    meant = in_channels(speech(), channels)
    if sample_bytes == 1:
        meant = audioop.lin2lin(audioop.lin2lin(meant, 2, 1), 1, 2)
    assert decoded(made.stream_head() + sound) == meant


@pytest.mark.parametrize("sample_bytes", [1, 2, 3, 4])
def test_a_wav_file_tells_its_true_length(sample_bytes: int) -> None:
    """For those who take it literally."""
    pcm = speech()[: 2 * 1001]
    data = file(encoder("wav", sample_bytes=sample_bytes), pcm)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    with wave.open(io.BytesIO(data), "rb") as reader:
        assert (reader.getsampwidth(), reader.getframerate(), reader.getnchannels()) == (sample_bytes, RATE, 1)
        assert len(reader.readframes(reader.getnframes())) == 1001 * sample_bytes


def test_an_au_file_tells_its_true_length() -> None:
    """In bytes of samples."""
    data = file(encoder("au"), speech())
    assert int.from_bytes(data[8:12]) == len(data) - 24 == len(speech())


@pytest.mark.parametrize("name", ["mp3", "flac", "wav", "au"])
def test_the_head_of_a_file_can_be_written_twice(name: str) -> None:
    """It is as long when the first bytes are there as it is at the end."""
    made = encoder(name)
    assert made.feed(speech())
    early = made.file_head()
    made.feed(speech())
    made.finish()
    assert len(made.file_head()) == len(early)
    assert made.file_head() != early


@pytest.mark.parametrize("name", ["mp3", "flac", "wav", "au"])
def test_nothing_becomes_nothing(name: str) -> None:
    """Who gets no sound gets no sound that ends as if it were whole."""
    made = encoder(name, 48_000)
    assert body(made, [b"", b""]) == b""
    assert made.file_head().startswith(made.stream_head()[:4])


@pytest.mark.parametrize("name", ["mp3", "flac", "wav", "au"])
@pytest.mark.parametrize("sample_rate", [RATE, 48_000])
def test_the_first_tenth_of_a_second_is_heard_at_once(name: str, sample_rate: int) -> None:
    """No byte that a decoder could use waits for more."""
    assert encoder(name, sample_rate).feed(speech()[: 2 * RATE // 10])


@pytest.mark.parametrize(
    "wanted",
    [
        AudioFormat(name="ogg", sample_rate=RATE),
        AudioFormat(name="wav", sample_rate=7_999),
        AudioFormat(name="wav", sample_rate=96_000),
        AudioFormat(name="wav", sample_rate=RATE, channels=6),
        AudioFormat(name="wav", sample_rate=RATE, sample_bytes=8),
        AudioFormat(name="wav", sample_rate=24_001),
        AudioFormat(name="flac", sample_rate=RATE, sample_bytes=3),
        AudioFormat(name="mp3", sample_rate=20_000),
        AudioFormat(name="mp3", sample_rate=RATE, bitrate_kbit=-1),
    ],
    ids=str,
)
def test_what_cannot_be_made_is_left_to_others(wanted: AudioFormat) -> None:
    """There is no encoder, rather than one that makes something else."""
    assert encoder_for(wanted, RATE) is None


def test_all_formats_are_made_here() -> None:
    """With what Home Assistant's own integrations bring along, at the versions that it pins."""
    assert formats_made_here(RATE) == {"mp3", "flac", "wav", "au"}
