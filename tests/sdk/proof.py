"""Use everything of the official SDK against a simulator and print what came of it.

Runs in an environment of its own: ``python proof.py URL KEY``. The answer is one JSON
object on standard output; the assertions are in ``tests/test_simulator_sdk.py``.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from enum import Enum
import hashlib
import json
import socket
import sys
from typing import Any
from urllib.request import Request, urlopen

from kugelaudio import (  # type: ignore[import-not-found]
    AudioChunk,
    KugelAudio,
    KugelAudioError,
    MultiContextSession,
    StreamingSession,
)

ENGLISH, GERMAN, MALE = 1071, 268, 1072
FAILURES = (
    "invalid_request",
    "missing_voice_id",
    "unauthorized",
    "insufficient_credits",
    "forbidden",
    "permission_denied",
    "voice_not_found",
    "text_too_long",
    "text_too_long_old",
    "unprocessable",
    "rate_limited",
    "too_many_contexts",
    "generation_failed",
    "empty_audio",
    "not_available",
    "catalogue_unavailable",
    "model_unavailable",
)
CLOSE_CODES = (1000, 1001, 1011, 1012, 1013, 4000, 4001, 4003, 4029, 4500)
SESSION_CODES = (4001, 4003, 4029, 4500)
HANDSHAKES = (401, 403, 429, 503)
Result = dict[str, Any]


class Proof:
    """Hold the address of the simulator and the ways to use it."""

    def __init__(self, url: str, key: str) -> None:
        """Keep the address and the key."""
        self.url = url
        self.key = key

    def client(self, key: str | None = None, url: str | None = None) -> KugelAudio:
        """Return a client of the SDK."""
        return KugelAudio(api_key=key or self.key, api_url=url or self.url)

    def unreachable(self) -> Result:
        """Return what is raised where nobody listens; a port that is bound is nobody else's meanwhile."""
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            return _raised(self.client(url=f"http://127.0.0.1:{deaf.getsockname()[1]}").voices.list)

    def fault(self, name: str, path: str, **parameters: object) -> None:
        """Plan one fault."""
        body = json.dumps({"fault": name, "path": path, **parameters}).encode()
        with urlopen(Request(f"{self.url}/_simulator/faults", body)):  # noqa: S310 - the simulator's own URL
            pass

    async def rest(self) -> Result:
        """List voices, models and dictionaries, and provoke every error."""
        return await asyncio.to_thread(self._rest)

    def _rest(self) -> Result:
        with self.client() as client:
            first = client.voices.list(limit=100)
            second = client.voices.list(limit=100, offset=100)
            failures: Result = {}
            for failure in FAILURES:
                self.fault("http_error", "/v1/voices", error=failure, retry_after=3)
                failures[failure] = _raised(lambda: client.voices.list(limit=1))
            return {
                "voices": [asdict(voice) for voice in first.voices + second.voices],
                "total": first.total,
                "german": client.voices.list(language="de", limit=100).total,
                "voice": asdict(client.voices.get(ENGLISH)),
                "models": [asdict(model) for model in client.models.list()],
                "dictionaries": [d.name for d in client.dictionaries.list()],
                "failures": failures,
                "unknown_voice": _raised(lambda: client.voices.get(999_999)),
                "unknown_key": _raised(self.client("ka_unknown").voices.list),
                "unreachable": self.unreachable(),
            }

    async def whole_text(self) -> Result:
        """Speak whole texts on ``/ws/tts`` and provoke every error."""
        client = await KugelAudio.create(api_key=self.key, api_url=self.url)
        speak = client.tts.stream_async
        options = {"voice_id": ENGLISH, "language": "en"}
        results: Result = {
            "first": await _heard(speak("Hello there.", **options)),
            "second": await _heard(speak("Second on the same socket.", word_timestamps=True, **options)),
            "ulaw": await _heard(speak("G 711.", output_format="ulaw_8000", **options)),
            "generated": await asyncio.to_thread(self._generate),
            "unknown_voice": await _refused(speak("Hello.", voice_id=999_999)),
            "missing_voice": await _refused(speak("Hello.")),
            "speed": await _refused(speak("Hello.", speed=2.0, **options)),
            "after_errors": await _heard(speak("Still open.", **options)),
            "failures": {},
            "closes": {},
            "handshakes": {},
        }
        for failure in FAILURES:
            self.fault("error_frame", "/ws/tts", error=failure, retry_after=3)
            results["failures"][failure] = await _refused(speak("Hello.", **options))
        for code in CLOSE_CODES:
            self.fault("close", "/ws/tts", code=code, after_frames=1)
            results["closes"][code] = await _refused(speak("Hello there.", **options))
        self.fault("drop", "/ws/tts", after_frames=1)
        results["closes"]["drop"] = await _refused(speak("Hello there.", **options))
        for status in HANDSHAKES:
            self.fault("handshake_error", "/ws/tts", status=status, retry_after=7)
            results["handshakes"][status] = await _refused(speak("Hello.", **options))
        wrong = self.client("ka_unknown").tts.stream_async
        results["unknown_key"] = await _refused(wrong("Hello.", **options))
        await client.aclose()
        return results

    def _generate(self) -> Result:
        with self.client() as client:
            answer = client.tts.generate("Guten Tag.", voice_id=GERMAN, language="de")
            return {
                "sha": _sha(answer.audio),
                "samples": answer.samples,
                "duration_ms": answer.duration_ms,
                "usage": asdict(answer.usage),
            }

    async def growing_text(self) -> Result:
        """Speak growing texts on ``/ws/tts/stream``."""
        client = self.client()
        settings = {"voice_id": ENGLISH, "language": "en", "flush_timeout_ms": 150}
        session: StreamingSession
        async with client.tts.streaming_session(word_timestamps=True, **settings) as session:
            results: Result = {"tokens": await _tokens(session)}
            results["settings"] = await session.update_settings(speed=1.2)
            results["bad_settings"] = await _error(session.update_settings(speed=3.0))
            results["faster"] = await _heard(session.send("Hello there.", flush=True))
            results["cancelled"] = await _cancelled(session)
            results["after_cancel"] = await _heard(session.send("Go on.", flush=True))
            results["drained"] = await _drained(session)
            session.update_config(voice_id=GERMAN, language="de", speed=1.0)
            results["config"] = await _heard(session.send("Guten Tag.", flush=True))
            self.fault("close", "/ws/tts/stream", code=1012)
            results["replayed"] = await _heard(session.send("Once more.", flush=True))
            self.fault("close", "/ws/tts/stream", code=1012, after_frames=1)
            restarted = session.send("Cut in the middle.", flush=True)
            results["restarted"] = await _refused(restarted)
        results["closes"] = {}
        for code in SESSION_CODES:
            self.fault("close", "/ws/tts/stream", code=code)
            async with client.tts.streaming_session(**settings) as session:
                sent = session.send("Hello.", flush=True)
                results["closes"][code] = await _refused(sent)
        async with client.tts.streaming_session(language="en") as session:
            sent = session.send("Nobody speaks.", flush=True)
            results["missing_voice"] = await _refused(sent)
            await session.cancel_current()
        wrong = self.client("ka_unknown").tts.streaming_session(**settings)
        results["unknown_key"] = await _error(wrong.connect())
        await client.aclose()
        return results

    async def contexts(self) -> Result:
        """Speak with three contexts on ``/ws/tts/multi``, then with too many."""
        client = self.client()
        session: MultiContextSession
        voices = {"narrator": ENGLISH, "hans": GERMAN, "nathan": MALE}
        async with client.tts.multi_context_session(language="en") as session:
            for name, voice_id in voices.items():
                await session.create_context(name, voice_id=voice_id)
            results: Result = {"spoken": {}}
            for name in voices:
                sent = session.send(name, f"I am {name}. Who are you?", flush=True)
                results["spoken"][name] = await _heard(sent)
            await _heard(session.close_context("narrator"))
            await _heard(session.close_context("hans", immediate=True))
            results["active"] = sorted(session.active_contexts)
            results["usage"] = {name: asdict(usage) for name, usage in session.context_usage.items()}
            results["settings"] = await session.update_settings(temperature=0.2)
            for number in range(19):
                await session.create_context(f"context-{number}", voice_id=ENGLISH)
            results["too_many"] = await _error(session.create_context("one-too-many", voice_id=ENGLISH))
            results["stats"] = await session.close()
        await client.aclose()
        return results


async def _tokens(session: StreamingSession) -> Result:
    tokens = ("Hel", "lo the", "re. How are", " you to", "day?")
    heard = [await _heard(session.send(token)) for token in tokens]
    heard.append(await _heard(session.flush()))
    return {
        "heard": heard,
        "final": session.last_final,
        "usage": asdict(session.last_usage),
        "words": [stamp.word for stamp in session.last_word_timestamps],
    }


async def _cancelled(session: StreamingSession) -> Result:
    sent = session.send("A long sentence that nobody will hear to its end.", flush=True)
    first = await anext(sent)
    await sent.aclose()
    await session.cancel_current()
    return {"samples": first.samples}


async def _drained(session: StreamingSession) -> Result:
    sent = await _heard(session.send("Not a whole sentence"))
    drained = await _heard(session.drain())
    return {"sent": sent, "drained": drained, "stats": await session.end_session()}


async def _heard(stream: AsyncIterator[object]) -> Result:
    audio, final, words = b"", None, 0
    async for item in stream:
        if isinstance(item, AudioChunk):
            audio += item.audio
        elif isinstance(item, list):
            words += len(item)
        else:
            final = item
    return {"sha": _sha(audio), "bytes": len(audio), "words": words, "final": final}


async def _refused(stream: AsyncIterator[object]) -> Result:
    return await _error(_heard(stream))


async def _error(work: Awaitable[object]) -> Result:
    try:
        await work
    except KugelAudioError as error:
        return _described(error)
    return {"class": None}


def _raised(work: Callable[[], object]) -> Result:
    try:
        work()
    except KugelAudioError as error:
        return _described(error)
    return {"class": None}


def _described(error: KugelAudioError) -> Result:
    return {
        "class": type(error).__name__,
        "status": error.status_code,
        "code": error.error_code,
        "request_id": error.request_id,
        "retry_after": error.retry_after,
    }


def _sha(audio: bytes) -> str:
    return hashlib.sha256(audio).hexdigest()


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)


async def main() -> None:
    """Do everything at the same time and print the results."""
    proof = Proof(*sys.argv[1:3])
    parts = ("rest", "whole_text", "growing_text", "contexts")
    results = await asyncio.gather(*(getattr(proof, part)() for part in parts))
    print(json.dumps(dict(zip(parts, results, strict=True)), default=_plain))  # noqa: T201 - the result, for the test that started this


asyncio.run(main())
