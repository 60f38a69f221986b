"""Faults of the numbers, fields and bytes in the simulator's frames."""

from math import inf, isfinite
from typing import Any

import pytest

from tests.simulator import Fault, Simulator, tone_pcm
from tests.simulator.probe import MULTI, SAMANTHA, SPEAK, STREAM, Frame, connected, posted, sound, spoken, until

TEXT = "Hello there."
WHOLE = tone_pcm(TEXT, 24_000)
CONTEXT: Frame = {"context_id": "one", "voice_settings": SAMANTHA}


async def said(simulator: Simulator, path: str, text: str = TEXT) -> list[Frame]:
    """Return all frames of a text that is spoken to its end."""
    async with connected(simulator, path) as socket:
        await socket.send_json({"text": text, "flush": True, "word_timestamps": True, **SAMANTHA, **CONTEXT})
        if path == MULTI:
            await socket.send_json({"close_context": True, "context_id": "one"})
        return await until(socket, {SPEAK: "final", STREAM: "session_closed", MULTI: "context_closed"}[path])


def usage_of(frames: list[Frame]) -> Frame:
    """Return what was billed."""
    usage = frames[-1]["usage"]
    assert isinstance(usage, dict)
    return usage


@pytest.mark.parametrize("path", [SPEAK, STREAM, MULTI])
async def test_every_field_may_be_null(simulator: Simulator, path: str) -> None:
    """But for what a frame is and whose it is; the audio is whole."""
    plain = await said(simulator, path)
    simulator.faults.add(Fault.NULLS)
    frames = await said(simulator, path)
    assert [frame.keys() for frame in frames] == [frame.keys() for frame in plain]
    assert sound(frames) == WHOLE
    for frame in frames:
        first, *others = frame.values()
        assert first is not None
        assert {value for value in others if value != "one"} <= {None}


async def test_single_fields_may_be_null(simulator: Simulator) -> None:
    """By name, also those within usage."""
    simulator.faults.add(Fault.NULLS, names=["enc", "usage"])
    _, frames = await spoken(simulator, TEXT)
    assert (frames[0]["enc"], frames[0]["sr"], frames[-1]["usage"]) == (None, 24_000, None)
    simulator.faults.add(Fault.NULLS, inner=True, names=["characters"])
    usage = usage_of((await spoken(simulator, TEXT))[1])
    assert (usage["characters"], usage["model_id"]) == (None, "kugel-3.5")


@pytest.mark.parametrize("path", [SPEAK, STREAM, MULTI])
async def test_numbers_of_the_end_may_be_none(simulator: Simulator, path: str) -> None:
    """NaN and both infinities; those of the audio frames stay."""
    simulator.faults.add(Fault.NOT_FINITE)
    frames = await said(simulator, path)
    usage = usage_of(frames)
    assert not any(isfinite(float(str(usage[name]))) for name in ("audio_seconds", "characters", "cost_cents"))
    assert frames[-1]["final" if path == SPEAK else next(iter(frames[-1]))] is True
    assert {frame["sr"] for frame in frames if "audio" in frame} == {24_000}
    simulator.faults.add(Fault.NOT_FINITE, names=["cost_cents"])
    usage = usage_of(await said(simulator, path))
    assert isfinite(float(str(usage["audio_seconds"])))
    assert not isfinite(float(str(usage["cost_cents"])))


async def test_usage_may_be_mad_or_rounded_up(simulator: Simulator) -> None:
    """The other numbers of the frame are right."""
    simulator.faults.add(Fault.MAD_USAGE)
    _, frames = await spoken(simulator, TEXT)
    usage = usage_of(frames)
    assert (usage["audio_seconds"], usage["characters"], usage["cost_cents"]) == (1e300, -5, -1e300)
    assert frames[-1]["total_samples"] == len(WHOLE) // 2
    simulator.faults.add(Fault.MAD_USAGE, fields={"audio_seconds": -3})
    assert usage_of((await spoken(simulator, TEXT))[1])["audio_seconds"] == -3
    simulator.faults.add(Fault.USAGE_ROUNDED_UP)
    assert usage_of(await said(simulator, STREAM))["audio_seconds"] == 1


@pytest.mark.parametrize(("parameters", "off_s"), [({}, 0.5), ({"seconds": -0.25}, -0.25)])
async def test_totals_may_be_off(simulator: Simulator, parameters: dict[str, Any], off_s: float) -> None:
    """By half a second or another time; usage and audio are right."""
    simulator.faults.add(Fault.TOTALS_OFF, **parameters)
    pcm, frames = await spoken(simulator, TEXT)
    seconds = len(WHOLE) / 48_000
    assert pcm == WHOLE
    assert frames[-1]["total_samples"] == len(WHOLE) // 2 + off_s * 24_000
    assert frames[-1]["dur_ms"] == pytest.approx((seconds + off_s) * 1_000)
    assert usage_of(frames)["audio_seconds"] == pytest.approx(seconds)
    simulator.faults.add(Fault.TOTALS_OFF, **parameters)
    closed = (await said(simulator, STREAM))[-1]
    assert closed["total_audio_seconds"] == pytest.approx(seconds + off_s)


@pytest.mark.parametrize("path", [SPEAK, STREAM, MULTI])
async def test_samples_may_be_split_between_frames(simulator: Simulator, path: str) -> None:
    """Every frame but the last has an odd number of bytes; nothing is missing."""
    simulator.faults.add(Fault.SPLIT_SAMPLES)
    frames = [frame for frame in await said(simulator, path) if "audio" in frame]
    assert len(frames) > 2
    assert all(len(sound([frame])) % 2 for frame in frames[:-1])
    assert sound(frames) == WHOLE


@pytest.mark.parametrize("frames", [1, 3, 60])
async def test_the_last_frames_may_be_missing(simulator: Simulator, frames: int) -> None:
    """As many as wanted, over WebSockets and REST alike."""
    text = "Hello there, this is some more."
    whole = tone_pcm(text, 24_000)
    last = len(whole) % 9_600 or 9_600
    kept = whole[: max(0, len(whole) - last - (frames - 1) * 9_600)]
    simulator.faults.add(Fault.TRUNCATED, frames=frames)
    pcm, told = await spoken(simulator, text)
    assert (pcm, told[-1]["total_samples"]) == (kept, len(whole) // 2)
    simulator.faults.add(Fault.TRUNCATED, frames=frames)
    assert (await posted(simulator, text=text))[2] == kept


async def test_text_may_be_swallowed(simulator: Simulator) -> None:
    """The end is proper, and its totals are those of what was spoken."""
    simulator.faults.add(Fault.SWALLOWED_TEXT)
    pcm, frames = await spoken(simulator, TEXT)
    assert pcm == tone_pcm(TEXT[:6], 24_000)
    assert frames[-1]["total_samples"] == len(pcm) // 2
    assert usage_of(frames)["characters"] == len(TEXT)
    simulator.faults.add(Fault.SWALLOWED_TEXT, characters=5)
    assert (await posted(simulator, text=TEXT))[2] == tone_pcm(TEXT[:-5], 24_000)


async def test_infinity_is_told_over_http(simulator: Simulator) -> None:
    """A fault of another process may have any number that JSON of Python has."""
    simulator.faults.add(Fault.WRONG_TYPES, at_end=True, fields={"dur_ms": inf})
    assert (await spoken(simulator, TEXT))[1][-1]["dur_ms"] == inf
