"""Let the official SDK ask for more than the first tier allows, and print how it tells of the refusals.

Runs in an environment of its own: ``python limits.py URL KEY``. The answer is one JSON object on standard output; the
assertions are in ``tests/test_sdk_limits.py``.
"""

import asyncio
import json
import sys
from typing import Any

from kugelaudio import KugelAudio, KugelAudioError  # type: ignore[import-not-found] # in its own environment

VOICE = 1071
LONG = "a" * 2_001
type Result = dict[str, Any]


async def whole(client: KugelAudio, text: str) -> Result:
    """Speak on ``/ws/tts`` and return what was heard, or the error."""
    try:
        return {"bytes": len((await client.tts.generate_async(text, voice_id=VOICE)).audio)}
    except KugelAudioError as error:
        return {"class": type(error).__name__, "status": error.status_code, "code": error.error_code}


async def beside_a_turn(client: KugelAudio, other: KugelAudio) -> Result:
    """Speak while a turn of ``/ws/tts/stream`` grows, then end the turn."""
    async with client.tts.streaming_session(voice_id=VOICE) as session:
        chunks = [chunk async for chunk in session.send("A turn. ", flush=False)]
        beside = await whole(other, "Beside it.")
        chunks += [chunk async for chunk in session.send("Its end.", flush=True)]
    return {"turn": {"bytes": sum(len(chunk.audio) for chunk in chunks)}, "beside": beside}


async def main() -> None:
    """Speak one after the other, two at once, and too much."""
    client = KugelAudio(*sys.argv[2:3], api_url=sys.argv[1])
    other = KugelAudio(*sys.argv[2:3], api_url=sys.argv[1])
    results = {
        "alone": [await whole(client, "One."), await whole(other, "Two.")],
        "at_once": await beside_a_turn(client, other),
        "after": [await whole(client, "Three."), await whole(other, "Four.")],
        "long": await whole(client, LONG),
        "end": await whole(client, "Five."),
    }
    await client.aclose()
    await other.aclose()
    print(json.dumps(results))  # noqa: T201 - the result, for the test that started this


asyncio.run(main())
