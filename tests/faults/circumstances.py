"""What some faults make of utterances that are not alone, or not at rest: derived from what the matrix says of them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from enum import StrEnum
from typing import Final

from homeassistant.components import tts

from tests.speaking import ENTITY, WAV

from .cells import Cell, Heard, Way
from .plans import BEFORE, CONNECTING, END, ENDINGS, MIDDLE, PLANS, Plan
from .stage import Stage
from .table import MATRIX

# A pause in which the first turn ends, and one in which all is made.
_PAUSE_S: Final = 6.0
FIRST_TURN: Final = "Wait."


class Circumstance(StrEnum):
    """The circumstances, as the columns of their table are called."""

    SECOND_TURN = "second turn of a growing text"
    LATE = "listener who comes 6 s late"
    NEVER_CLOSES = "beside a listener who neither reads on nor closes"

    @property
    def way(self) -> Way:
        """Return the way of the matrix that it is like."""
        return Way.GROWING if self is Circumstance.SECOND_TURN else Way.WHOLE


# One of each kind of what becomes of it.
FAULTS: Final = (
    (CONNECTING, "HTTP 500"),
    (BEFORE, "connection dropped (1006)"),
    (BEFORE, "error frame 402"),
    (BEFORE, "error frame 500, lasting"),
    (BEFORE, "error frame 429, at once"),
    (MIDDLE, "connection dropped (1006)"),
    (MIDDLE, "error frame 500"),
    (END, "closed with 1012"),
    (ENDINGS, "no usage"),
)


def foreseen(circumstance: Circumstance, section: str, fault: str) -> Cell:
    """Return what becomes of an utterance under these circumstances, by the matrix."""
    cell = MATRIX[section][fault][circumstance.way]
    match circumstance, cell.heard:
        case Circumstance.SECOND_TURN, Heard.NONE:
            return replace(cell, heard=Heard.PART)
        case Circumstance.LATE, Heard.PART:
            # Home Assistant hands over nothing of what has failed by then.
            return replace(cell, heard=Heard.NONE)
        case _:
            return cell


async def strike_under(stage: Stage, circumstance: Circumstance, section: str, fault: str) -> tuple[Cell, str]:
    """Speak under these circumstances, and let a fault strike; returns what became of it, and the text."""
    plan, text = PLANS[section][fault], stage.new_text()
    match circumstance:
        case Circumstance.SECOND_TURN:
            cell = await stage.utter(Way.GROWING, text, _in_turns(stage, plan, text), before=FIRST_TURN)
        case Circumstance.LATE:
            plan.begin(stage.simulator, Way.WHOLE)
            cell = await stage.utter(Way.WHOLE, text, _late(stage, text))
        case Circumstance.NEVER_CLOSES:
            async with stage.never_read_on():
                plan.begin(stage.simulator, Way.WHOLE)
                cell = await stage.utter(Way.WHOLE, text)
    stage.simulator.faults.clear()
    return cell, text


async def _in_turns(stage: Stage, plan: Plan, text: str) -> tuple[int, bytes]:
    """Speak in two turns, the second of which meets the fault."""

    async def deltas() -> AsyncGenerator[str]:
        yield FIRST_TURN
        await asyncio.sleep(_PAUSE_S)
        if plan.meets_connecting:
            await stage.hang_up()
        plan.begin(stage.simulator, Way.GROWING)
        yield f" {text}"

    stream = tts.async_create_stream(stage.hass, ENTITY, options=dict(WAV))
    stream.async_set_message_stream(deltas())
    response = await (await stage.player()).get(stream.url)
    return response.status, await response.read()


async def _late(stage: Stage, text: str) -> tuple[int, bytes]:
    """Ask for a text, and fetch it when all of it is made."""
    player = await stage.player()
    request = {"engine_id": ENTITY, "message": text, "cache": True, "options": WAV}
    answer = await player.post("/api/tts_get_url", json=request)
    path = (await answer.json())["path"]
    await asyncio.sleep(_PAUSE_S)
    response = await player.get(path)
    return response.status, await response.read()
