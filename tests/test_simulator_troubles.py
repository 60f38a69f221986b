"""Faults of connections and of their order: the second turn, the third context, sockets that a router forgot."""

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
import pytest

from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.simulator.probe import (
    MULTI,
    SAMANTHA,
    SPEAK,
    STREAM,
    connected,
    frame_of,
    get,
    happened,
    posted,
    sound,
    spoken,
    until,
)

A_MOMENT_S = 0.1


@pytest.mark.parametrize(
    ("fault", "parameters", "end"),
    [
        (Fault.CLOSE, {"code": 1012}, {"closed": 1012}),
        (Fault.ERROR_FRAME, {"error": Failure.GENERATION_FAILED}, "INTERNAL_ERROR"),
    ],
)
async def test_the_second_turn_may_fail(
    simulator: Simulator, fault: Fault, parameters: dict[str, Any], end: object
) -> None:
    """The first is whole, the second gets nothing."""
    simulator.faults.add(fault, path=STREAM, skip=1, **parameters)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "First.", "flush": True, **SAMANTHA})
        assert sound(await until(socket, "session_closed")) == tone_pcm("First.", 24_000)
        await socket.send_json({"text": "Second.", "flush": True})
        last = await frame_of(socket)
    assert end in (last, last.get("error_code"))
    assert simulator.faults.pending == []


async def test_the_third_context_may_be_refused(simulator: Simulator) -> None:
    """429 for it alone; the others are whole."""
    simulator.faults.add(Fault.ERROR_FRAME, path=MULTI, skip=2, error=Failure.RATE_LIMITED)
    async with connected(simulator, MULTI) as socket:
        for name in ("one", "two", "three", "four"):
            context = {"context_id": name, "voice_settings": SAMANTHA}
            await socket.send_json({"text": "Hello there.", "flush": True, **context})
            last = (await until(socket, "final", "error"))[-1]
            assert ("error" in last, last["context_id"]) == (name == "three", name)
            assert last.get("code") == (429 if name == "three" else None)


async def test_idle_sockets_may_die_quietly(simulator: Simulator) -> None:
    """All at once: texts, pings and closes are not answered; a busy socket and new ones are as always."""
    text = {"text": "Hello there.", "flush": True, **SAMANTHA}
    async with connected(simulator, STREAM) as busy, connected(simulator) as first, connected(simulator) as second:
        await busy.send_json({**text, "flush": False})
        await until(busy, "audio")
        simulator.forget_sockets()
        waiting = []
        for socket in (first, second):
            await socket.send_json(text)
            await socket.ping()
            waiting.append(asyncio.create_task(socket.receive()))
        assert (await spoken(simulator, "Hello there."))[0] == tone_pcm("Hello there.", 24_000)
        await busy.send_json({"flush": True})
        await until(busy, "session_closed")
        assert not (await asyncio.wait(waiting, timeout=A_MOMENT_S))[0]
        assert [len(socket.received) for socket in simulator.journal.sockets_of(SPEAK)] == [0, 0, 1]
        closing = [asyncio.create_task(socket.close()) for socket in (first, second)]
        assert not (await asyncio.wait(closing, timeout=A_MOMENT_S))[0]
        for task in (*waiting, *closing):
            task.cancel()
        await asyncio.gather(*waiting, *closing, return_exceptions=True)
    await happened(lambda: not simulator.journal.open_sockets())


async def test_sockets_are_forgotten_over_http(simulator: Simulator) -> None:
    """Stopping the simulator does not wait for them."""
    async with connected(simulator) as socket, ClientSession() as session:
        await session.post(f"{simulator.url}/_simulator/forget")
        await socket.send_json({"text": "Hello.", **SAMANTHA})
        await simulator.close_sockets()
        assert await frame_of(socket) == {"closed": 1006}


async def test_pings_may_be_unanswered_while_frames_come(simulator: Simulator) -> None:
    """Two pings are lost, the third is answered."""
    simulator.faults.add(Fault.NO_PONG, times=2, path=SPEAK)
    answered = []
    async with (
        ClientSession(headers={"X-API-Key": simulator.key}) as session,
        session.ws_connect(simulator.url + SPEAK, autoping=False) as socket,
    ):
        for _ in range(3):
            await socket.ping()
            await socket.send_json({"text": "Hello.", **SAMANTHA})
            message = await socket.receive()
            answered.append(message.type is WSMsgType.PONG)
            while "final" not in str(message.data):
                message = await socket.receive()
    assert answered == [False, False, True]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_requests_and_upgrades_may_be_led_elsewhere(simulator: Simulator, status: int) -> None:
    """With each status of redirection, to any address."""
    elsewhere = f"{simulator.url}/elsewhere"
    simulator.faults.add(Fault.HTTP_REDIRECT, path="/v1/tts/generate", status=status, location=elsewhere)
    simulator.faults.add(Fault.HANDSHAKE_REDIRECT, path=STREAM, status=status, location=elsewhere)
    async with ClientSession(headers={"X-API-Key": simulator.key}) as session:
        url = f"{simulator.url}/v1/tts/generate"
        async with session.post(url, json={"text": "Hello.", **SAMANTHA}, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (status, elsewhere)
        async with session.get(simulator.url + STREAM, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (status, elsewhere)


async def test_upgrades_may_be_refused_while_rest_accepts(simulator: Simulator) -> None:
    """403 by a proxy that wants no WebSockets; the same key speaks over REST."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=None, error=Failure.FORBIDDEN)
    for path in (SPEAK, STREAM, MULTI):
        with pytest.raises(WSServerHandshakeError) as refused:
            async with connected(simulator, path):
                pass
        assert refused.value.status == HTTPStatus.FORBIDDEN
    assert (await posted(simulator, text="Hello."))[2] == tone_pcm("Hello.", 24_000)


async def test_each_list_may_have_its_own_trouble(simulator: Simulator) -> None:
    """Voices are slow each time, models fail, dictionaries hang."""
    simulator.faults.add(Fault.HTTP_SLOW, times=None, path="/v1/voices", delay_ms=20)
    simulator.faults.add(Fault.HTTP_ERROR, times=None, path="/v1/models", status=500)
    simulator.faults.add(Fault.HTTP_SLOW, times=None, path="/v1/dictionaries", delay_ms=60_000)
    loop = asyncio.get_running_loop()
    for _ in range(2):
        began_at = loop.time()
        assert (await get(simulator, "/v1/voices"))[0] == 200
        assert loop.time() - began_at >= 0.019
        assert (await get(simulator, "/v1/models"))[0] == 500
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(A_MOMENT_S):
                await get(simulator, "/v1/dictionaries")


async def test_a_key_may_speak_but_not_list(simulator: Simulator) -> None:
    """It is refused the voices and the dictionaries, and speaks in all ways."""
    assert (await get(simulator, "/v1/voices", "ka_speech"))[1]["error_code"] == "PERMISSION_DENIED"
    assert (await get(simulator, "/v1/dictionaries", "ka_speech"))[0] == 403
    assert (await posted(simulator, "ka_speech", text="Hello."))[0] == 200
    async with connected(simulator, STREAM, "ka_speech") as socket:
        await socket.send_json({"text": "Hello.", "flush": True, **SAMANTHA})
        assert sound(await until(socket, "session_closed")) == tone_pcm("Hello.", 24_000)


async def test_the_date_of_an_answer_may_be_wrong(simulator: Simulator) -> None:
    """A server whose clock is wrong tells Retry-After by that clock."""
    date, later = "Thu, 01 Jan 2032 00:00:00 GMT", "Thu, 01 Jan 2032 00:00:02 GMT"
    simulator.faults.add(Fault.HTTP_ERROR, error=Failure.RATE_LIMITED, retry_after=later, date=date)
    _, headers, _ = await posted(simulator, text="Hello.")
    assert (headers["Date"], headers["Retry-After"]) == (date, later)
