"""Players that never come back to what they were told hold nobody up for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.components.media_player.const import MediaPlayerState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.kugelaudio.players.volume import Volumes
from tests.listeners import BEDSIDE, PLAYED, House, Player, Satellite, announce
from tests.made_time import MadeTime
from tests.players.radio import RADIO, Radio
from tests.speaking import TEXT

LIMIT_S = 30
# What a call that is given up gets for putting away what it holds.
END_LIMIT_S = 5
PLAYING_LIMIT_S = 300 + 0.1 * len(TEXT)
LATE = "It did not finish in time"

type Method = Callable[..., Awaitable[None]]


def hang(listener: Player | Satellite, *names: str, is_stubborn: bool = False) -> asyncio.Event:
    """Let some calls never return, stubborn ones not even when they are cancelled; returns what lets them go."""
    let_go = asyncio.Event()

    def hanging(method: Method) -> Method:
        async def call(*args: Any, **kwargs: Any) -> None:
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    if not is_stubborn:
                        raise
            await method(*args, **kwargs)

        return call

    for name in names:
        setattr(listener, name, hanging(getattr(listener, name)))
    return let_go


@pytest.mark.parametrize(
    ("method", "action", "how"),
    [
        ("async_set_volume_level", "volume_set", {"volume": 70}),
        ("async_media_stop", "media_stop", {"volume": 70}),
        ("async_media_seek", "media_seek", {}),
    ],
)
async def test_what_a_player_does_not_do_in_time_is_told_in_the_log(
    hass: HomeAssistant,
    made_time: MadeTime,
    radio: Radio,
    caplog: pytest.LogCaptureFixture,
    method: str,
    action: str,
    how: dict[str, Any],
) -> None:
    """The announcement is heard, and the music goes on."""
    radio.play()
    hang(radio, method)
    began = made_time.time()
    assert (await announce(hass, RADIO, **how))["targets"] == {RADIO: {**PLAYED, "resumed": True}}
    assert round(made_time.time() - began) == pytest.approx(LIMIT_S, abs=10)
    assert f"{RADIO} did not obey {action}: {LATE}" in caplog.text
    assert radio.state is MediaPlayerState.PLAYING


async def test_a_player_that_does_not_turn_off_holds_nobody_up(
    hass: HomeAssistant, made_time: MadeTime, radio: Radio, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor one that does not turn on."""
    hang(radio, "async_turn_on", "async_turn_off")
    radio.show(MediaPlayerState.OFF)
    began = made_time.time()
    assert (await announce(hass, RADIO, turn_on=True))["targets"] == {RADIO: PLAYED}
    # It is given the time to wake up, too.
    assert round(made_time.time() - began) == pytest.approx(2 * LIMIT_S + 20, abs=3)
    assert f"{RADIO} did not obey turn_on: {LATE}" in caplog.text
    assert f"{RADIO} did not obey turn_off: {LATE}" in caplog.text


@pytest.mark.parametrize(
    ("error", "because"),
    [(None, LATE), (HomeAssistantError("Not in the mood"), "Not in the mood"), (ValueError("secret"), "ValueError")],
)
async def test_music_that_does_not_come_back_is_told_in_the_response(
    hass: HomeAssistant, made_time: MadeTime, radio: Radio, error: Exception | None, because: str
) -> None:
    """The next announcement is heard all the same."""
    radio.play()
    play = radio.async_play_media

    async def play_no_music(media_type: str, media_id: str, **how: Any) -> None:
        if how.get("announce"):
            await play(media_type, media_id, **how)
        elif error is not None:
            raise error
        else:
            await asyncio.Event().wait()

    radio.async_play_media = play_no_music  # type: ignore[method-assign] # this one only
    began = made_time.time()
    told = (await announce(hass, RADIO))["targets"][RADIO]
    assert (told["result"], told["resumed"], told["not_resumed_because"]) == ("played", False, because)
    assert made_time.time() - began < LIMIT_S + 10
    assert (await announce(hass, RADIO))["targets"] == {RADIO: PLAYED}


@pytest.mark.parametrize("is_stubborn", [False, True])
async def test_a_player_that_never_returns_loses_its_turn(
    hass: HomeAssistant, made_time: MadeTime, radio: Radio, is_stubborn: bool
) -> None:
    """Even if it does not let go of the call; who follows is heard."""
    play = radio.async_play_media
    let_go = hang(radio, "async_play_media", is_stubborn=is_stubborn)
    began = made_time.time()
    try:
        with pytest.raises(HomeAssistantError, match=LATE):
            await announce(hass, RADIO)
        waited_s = made_time.time() - began
        radio.async_play_media = play  # type: ignore[method-assign] # this one only
        assert (await announce(hass, RADIO))["targets"] == {RADIO: PLAYED}
    finally:
        let_go.set()
    assert round(waited_s) == pytest.approx(PLAYING_LIMIT_S + is_stubborn * END_LIMIT_S, abs=2)


async def test_a_satellite_that_never_returns_loses_its_turn(
    hass: HomeAssistant, made_time: MadeTime, bedside: Satellite
) -> None:
    """As a player does."""
    speak = bedside.async_announce
    hang(bedside, "async_announce")
    began = made_time.time()
    with pytest.raises(HomeAssistantError, match=LATE):
        await announce(hass, BEDSIDE)
    assert round(made_time.time() - began) == pytest.approx(PLAYING_LIMIT_S, abs=2)
    bedside.async_announce = speak  # type: ignore[method-assign] # this one only
    assert (await announce(hass, BEDSIDE))["targets"] == {BEDSIDE: PLAYED}


async def test_a_call_that_is_given_up_may_fail_later(
    hass: HomeAssistant, made_time: MadeTime, radio: Radio, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is told any more."""
    radio.play()
    let_go = asyncio.Event()

    async def fail_later() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        raise ValueError("too late")

    radio.async_media_stop = fail_later  # type: ignore[method-assign] # this one only
    began = made_time.time()
    try:
        await announce(hass, RADIO, volume=70)
        assert made_time.time() - began < LIMIT_S + END_LIMIT_S + 10
    finally:
        let_go.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "too late" not in caplog.text


async def test_what_was_owed_to_others_is_paid_meanwhile(
    hass: HomeAssistant, house: House, made_time: MadeTime, hass_storage: dict[str, Any]
) -> None:
    """One whose knob never answers keeps nobody waiting when Home Assistant starts."""
    names = (RADIO, "media_player.other")
    store = "kugelaudio.volumes"
    debts = {name: {"before": 0.3, "made": 0.7} for name in names}
    hass_storage[store] = {"version": 1, "minor_version": 1, "key": store, "data": debts}
    radios = [Radio(name) for name in names]
    hang(radios[0], "async_set_volume_level")
    for radio in radios:
        radio._attr_volume_level = 0.7  # noqa: SLF001 - before it has a state
        await house.add(radio)
    began = made_time.time()
    await Volumes(hass).pay_all()
    assert [radio.volume for radio in radios] == [0.7, 0.3]
    assert round(made_time.time() - began) == LIMIT_S
    assert store not in hass_storage
