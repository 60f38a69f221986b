"""MP3 of constant bitrate by LAME. Needs PyAV, which takes a while to import."""

from collections.abc import Buffer, Callable, Iterable
from typing import Final, override

from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.codec.context import CodecContext
from av.error import FFmpegError

from .mp3_head import EMPTY_ID3, MP3_RATES_HZ, info_frame
from .writer import MONO, SOURCE_BYTES, Writer

# Half the work of the usual level, and nothing lost at the bitrates of speech.
_LAME_LEVEL: Final = 5
_USUAL_BITRATE_KBIT: Final = 128
_MOST_BITRATE_KBIT: Final = 320
_CODEC: Final = "libmp3lame"
_SAMPLE_FORMAT: Final = "s16p"
# `encode` would cut the sound into frames itself, by a graph of filters with a thread for each processor, which stays
# until the garbage collector finds it. Frames of the right length may go straight to the codec.
_SEND: Final = "_send_frame_and_recv"


class Mp3Writer(Writer):
    """MP3 whose frames each stand alone, without a bit reservoir."""

    def __init__(self, sample_rate: int, channels: int, bitrate_kbit: int | None) -> None:
        """Write at `sample_rate` in Hz, the same in all channels; LAME takes the nearest bitrate that there is.

        Raises ValueError if this PyAV cannot.
        """
        if sample_rate not in MP3_RATES_HZ:
            raise ValueError("no rate of MP3")
        self.cost = 12.0 + 0.9 * channels * sample_rate / 1000
        self._sample_rate = sample_rate
        self._layout = "mono" if channels == MONO else "stereo"
        context = _opened(sample_rate, self._layout, min(bitrate_kbit or _USUAL_BITRATE_KBIT, _MOST_BITRATE_KBIT))
        self._frame_bytes = SOURCE_BYTES * context.frame_size
        self._send: Callable[[AudioFrame | None], Iterable[Buffer]] = getattr(context, _SEND)
        self._held = b""
        self._samples = 0
        self._frames = 0
        self._length_bytes = 0
        self._first_header = b""

    @override
    def write(self, pcm: bytes) -> bytes:
        pcm = self._held + pcm
        whole_bytes = len(pcm) // self._frame_bytes * self._frame_bytes
        self._held = pcm[whole_bytes:]
        starts = range(0, whole_bytes, self._frame_bytes)
        return b"".join(self._encoded(pcm[start : start + self._frame_bytes]) for start in starts)

    @override
    def end(self) -> bytes:
        rest = self._encoded(self._held) if self._held else b""
        return rest + self._sent(None)

    @override
    def stream_head(self) -> bytes:
        return EMPTY_ID3

    @override
    def file_head(self) -> bytes:
        if not self._frames:
            return EMPTY_ID3
        return EMPTY_ID3 + info_frame(self._first_header, self._frames, self._length_bytes, self._samples)

    def _encoded(self, pcm: bytes) -> bytes:
        frame = AudioFrame(format=_SAMPLE_FORMAT, layout=self._layout, samples=len(pcm) // SOURCE_BYTES)
        frame.sample_rate = self._sample_rate
        frame.pts = self._samples
        for plane in frame.planes:
            plane.update(pcm)
        self._samples += frame.samples
        return self._sent(frame)

    def _sent(self, frame: AudioFrame | None) -> bytes:
        packets = [bytes(packet) for packet in self._send(frame)]
        if packets and not self._first_header:
            self._first_header = packets[0][:4]
        made = b"".join(packets)
        self._frames += len(packets)
        self._length_bytes += len(made)
        return made


def _opened(sample_rate: int, layout: str, bitrate_kbit: int) -> AudioCodecContext:
    context = CodecContext.create(_CODEC, "w")
    if not hasattr(context, _SEND):
        raise ValueError("another PyAV")
    context.sample_rate = sample_rate
    context.layout = layout
    context.format = _SAMPLE_FORMAT
    context.bit_rate = 1000 * bitrate_kbit
    context.thread_count = 1
    context.options = {"compression_level": str(_LAME_LEVEL), "reservoir": "0"}
    try:
        context.open()
    except FFmpegError as error:
        raise ValueError("no such MP3") from error
    return context
