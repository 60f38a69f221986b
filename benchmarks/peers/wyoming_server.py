"""A Wyoming server that announces and streams speech as Piper's does, at the simulated provider's pace.

python -m benchmarks.peers.wyoming_server --name NAME --port PORT --handshake-ms 200 --first-audio-ms 60 --speed 12
"""

import argparse
import asyncio
from typing import Any, override

from sentence_stream import SentenceBoundaryDetector
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
)

from tests.simulator import Profile, tone_pcm
from tests.simulator.sound import Pace

# The rate of Piper's voices of medium quality.
SAMPLE_RATE = 22_050
FORMAT = {"rate": SAMPLE_RATE, "width": 2, "channels": 1}
HOST = "127.0.0.1"
FRAME_MS = 200
FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1000 * 2


def description(name: str) -> Info:
    """Return what the server tells of itself."""
    attribution = Attribution(name="Benchmark", url="https://example.com")
    about: dict[str, Any] = {"attribution": attribution, "installed": True, "version": "1"}
    voice = TtsVoice(name="tone", description="Tone", languages=["en"], **about)
    program = TtsProgram(name=name, description=name, voices=[voice], supports_synthesize_streaming=True, **about)
    return Info(tts=[program])


class Speaker(AsyncEventHandler):
    """Speaks the texts of one connection, sentence by sentence."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        profile: Profile,
        info: Info,
    ) -> None:
        """Begin with no text."""
        super().__init__(reader, writer)
        self._profile = profile
        self._info = info
        self._pace = Pace()
        self._sentences: SentenceBoundaryDetector | None = None

    @override
    async def run(self) -> None:
        await asyncio.sleep(self._profile.handshake_ms / 1000)
        await super().run()

    @override
    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(self._info.event())
        elif SynthesizeStart.is_type(event.type):
            self._sentences = SentenceBoundaryDetector()
        elif SynthesizeChunk.is_type(event.type) and self._sentences:
            for sentence in self._sentences.add_chunk(SynthesizeChunk.from_event(event).text):
                await self._speak(sentence)
        elif SynthesizeStop.is_type(event.type) and self._sentences:
            if rest := self._sentences.finish():
                await self._speak(rest)
            await self.write_event(SynthesizeStopped().event())
            self._sentences = None
        # While text is streamed, this event repeats all of it for servers that do not know the others.
        elif Synthesize.is_type(event.type) and not self._sentences:
            await self._speak(Synthesize.from_event(event).text)
        return True

    async def _speak(self, text: str) -> None:
        await self._pace.begin(self._profile, 0)
        await self.write_event(AudioStart(**FORMAT).event())
        pcm = tone_pcm(text.strip(), SAMPLE_RATE)
        for start in range(0, len(pcm), FRAME_BYTES):
            frame = pcm[start : start + FRAME_BYTES]
            await self._pace.frame(self._profile, len(frame) / 2 / SAMPLE_RATE)
            await self.write_event(AudioChunk(audio=frame, **FORMAT).event())
        await self.write_event(AudioStop().event())


async def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, required=True)
    for option in ("--handshake-ms", "--first-audio-ms", "--speed"):
        parser.add_argument(option, type=float, required=True)
    options = parser.parse_args()
    profile = Profile(handshake_ms=options.handshake_ms, first_audio_ms=options.first_audio_ms, speed=options.speed)
    info = description(options.name)
    await AsyncTcpServer(HOST, options.port).run(lambda reader, writer: Speaker(reader, writer, profile, info))


if __name__ == "__main__":
    asyncio.run(main())
