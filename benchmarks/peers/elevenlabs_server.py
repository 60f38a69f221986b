"""An HTTP server that answers Home Assistant's `elevenlabs` integration, at the simulated provider's pace.

    python -m benchmarks.peers.elevenlabs_server --port PORT --handshake-ms 200 --first-audio-ms 60 --speed 12

Its speech is the beginning of one MP3, made by ffmpeg before the first request, so that encoding costs nothing.
"""

import argparse
import asyncio
from itertools import count
import subprocess
from weakref import WeakSet

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.simulator import Profile, tone_pcm
from tests.simulator.sound import Pace
from tests.simulator.tone import NATIVE_RATE, tone_samples

HOST = "127.0.0.1"
MODEL = "eleven_multilingual_v2"
BYTES_PER_SECOND = 16_000
FRAME_MS = 200
RECITED = "The quick brown fox jumps over the lazy dog. " * 30
ENCODE = (
    *("ffmpeg", "-loglevel", "error", "-f", "s16le", "-ar", str(NATIVE_RATE), "-ac", "1", "-i", "pipe:0"),
    *("-ar", "44100", "-b:a", "128k", "-id3v2_version", "0", "-write_xing", "0", "-f", "mp3", "pipe:1"),
)


def encoded(text: str) -> bytes:
    """Return the tone of a text as an MP3 of 44.1 kHz and a constant 128 kbit/s, frames only."""
    run = subprocess.run(ENCODE, input=tone_pcm(text, NATIVE_RATE), stdout=subprocess.PIPE, check=True)  # noqa: S603 - ours
    return run.stdout


class Provider:
    """Answers what the integration asks for."""

    def __init__(self, profile: Profile) -> None:
        """Make the sound of all texts."""
        self._profile = profile
        self._sound = encoded(RECITED)
        self._known: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._numbers = count(1)

    def application(self) -> web.Application:
        """Return the routes."""
        app = web.Application(middlewares=[self._handshakes()])
        app.add_routes(
            [
                web.get("/v1/models", self._models),
                web.get("/v1/voices", self._voices),
                web.post("/v1/text-to-speech/{voice_id}/stream", self._stream),
                web.post("/v1/text-to-speech/{voice_id}", self._stream),
            ]
        )
        return app

    def _handshakes(self) -> Middleware:
        @web.middleware
        async def delay(request: web.Request, handler: Handler) -> web.StreamResponse:
            """Let the first request on a connection wait for what TCP and TLS take over the internet."""
            transport = request.transport
            if transport is not None and transport not in self._known:
                self._known.add(transport)
                await asyncio.sleep(self._profile.handshake_ms / 1000)
            return await handler(request)

        return delay

    async def _models(self, _: web.Request) -> web.Response:
        languages = [{"language_id": "en", "name": "English"}]
        model = {"model_id": MODEL, "name": "Multilingual v2", "can_do_text_to_speech": True, "languages": languages}
        return web.json_response([model])

    async def _voices(self, _: web.Request) -> web.Response:
        return web.json_response({"voices": [{"voice_id": "tone", "name": "Tone"}]})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        text: str = (await request.json())["text"]
        seconds = tone_samples(text, NATIVE_RATE) / NATIVE_RATE
        sound = self._sound[: round(seconds * BYTES_PER_SECOND)]
        response = web.StreamResponse(headers={"Content-Type": "audio/mpeg", "request-id": str(next(self._numbers))})
        pace = Pace()
        await pace.begin(self._profile, 0)
        await response.prepare(request)
        frame_bytes = BYTES_PER_SECOND * FRAME_MS // 1000
        for start in range(0, len(sound), frame_bytes):
            frame = sound[start : start + frame_bytes]
            await pace.frame(self._profile, len(frame) / BYTES_PER_SECOND)
            await response.write(frame)
        await response.write_eof()
        return response


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    for option in ("--handshake-ms", "--first-audio-ms", "--speed"):
        parser.add_argument(option, type=float, required=True)
    options = parser.parse_args()
    profile = Profile(handshake_ms=options.handshake_ms, first_audio_ms=options.first_audio_ms, speed=options.speed)
    # Longer than any pause of the benchmark: a connection is closed by the integration's side only.
    web.run_app(
        Provider(profile).application(),
        host=HOST,
        port=options.port,
        access_log=None,
        print=None,
        keepalive_timeout=3600,
    )


if __name__ == "__main__":
    main()
