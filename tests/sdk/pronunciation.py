"""Let the official SDK speak with pronunciation dictionaries and time its words, and print what came of it.

Runs in an environment of its own: ``python pronunciation.py URL KEY``. The answer is one JSON object on standard
output; the assertions are in ``tests/test_sdk_pronunciation.py``.
"""

import asyncio
from collections.abc import AsyncIterator
import hashlib
import json
import sys
from typing import Any

from kugelaudio import AudioChunk, KugelAudio, WordTimestamp  # type: ignore[import-not-found] # in its own environment

GERMAN, PROJECT = 268, 42
TEXT = "KugelAudio und HA sind da."
CHOICES: dict[str, list[int] | None] = {"active": None, "none": [], "abbreviations": [9], "both": [7, 9]}
type Result = dict[str, Any]


async def whole(client: KugelAudio, settings: Result) -> Result:
    """Speak on ``/ws/tts``."""
    words: list[WordTimestamp] = []
    return await _heard(client.tts.stream_async(TEXT, voice_id=GERMAN, **settings), words)


async def growing(client: KugelAudio, settings: Result) -> Result:
    """Speak on ``/ws/tts/stream``."""
    words: list[WordTimestamp] = []
    async with client.tts.streaming_session(voice_id=GERMAN, on_word_timestamps=words.extend, **settings) as session:
        return await _heard(session.send(TEXT, flush=True), words)


async def context(client: KugelAudio, settings: Result) -> Result:
    """Speak on ``/ws/tts/multi``."""
    words: list[WordTimestamp] = []
    async with client.tts.multi_context_session(
        on_word_timestamps=lambda _, stamps: words.extend(stamps), **settings
    ) as session:
        await session.create_context("hans", voice_id=GERMAN)
        return await _heard(session.send("hans", TEXT, flush=True), words)


async def _heard(stream: AsyncIterator[object], words: list[WordTimestamp]) -> Result:
    audio = b""
    async for item in stream:
        if isinstance(item, AudioChunk):
            audio += item.audio
        elif isinstance(item, list):
            words.extend(item)
    stamps = [(word.word, word.start_ms, word.end_ms) for word in words]
    return {"sha": hashlib.sha256(audio).hexdigest(), "words": stamps}


async def main() -> None:
    """Speak in every way with every choice, one after the other, and print the results."""
    client = KugelAudio(*sys.argv[2:3], api_url=sys.argv[1])
    results: dict[str, Result] = {}
    for name, chosen in CHOICES.items():
        settings = {"language": "de", "project_id": PROJECT, "dictionary_ids": chosen, "word_timestamps": True}
        results[name] = {way.__name__: await way(client, settings) for way in (whole, growing, context)}
    await client.aclose()
    print(json.dumps(results))  # noqa: T201 - the result, for the test that started this


asyncio.run(main())
