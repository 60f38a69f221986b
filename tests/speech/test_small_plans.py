"""Texts, answers and actions where the provider's plan allows little."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from aiohttp import ClientTimeout
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN, LONGEST_MESSAGE
from tests.api.speech import spoken_chunks, tones
from tests.simulator import TIERS, Failure, Fault, Profile, Refusal, Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, WAV, asked, begin, fetch, fetch_growing, growing, wav_header

pytestmark = pytest.mark.usefixtures("account")

TELEPHONE = {**WAV, "preferred_sample_rate": 8_000}
TELEPHONE_BYTES_PER_S = 16_000
WAV_BYTES_PER_S = 48_000
# Nobody hears that a sound comes so late.
UNHEARD_S = 0.03


def story(characters: int) -> list[str]:
    """Return sentences that have so many characters together, with a blank between each two."""
    sentences = [f"This is sentence number {number:06}." for number in range(characters // 32)]
    return [*sentences, "The end".ljust(characters - 32 * len(sentences) - 1, "d") + "."]


def sounds(sentences: list[str], sample_rate: int) -> bytes:
    """Return what the server makes of sentences."""
    return b"".join(tone_pcm(sentence, sample_rate) for sentence in sentences)


async def heard_by_a_player(hass_client: ClientSessionGenerator, text: str) -> tuple[bytes, float]:
    """Return what a player hears that begins with the first sound, and for how long at most it had nothing to play."""
    now = asyncio.get_running_loop().time
    # A book takes longer to make than the five minutes that aiohttp reads by itself.
    response = await begin(hass_client, text, options=TELEPHONE, limits=ClientTimeout())
    await response.content.readexactly(HEADER_LENGTH)
    heard, longest_gap_s = bytearray(), 0.0
    lasts_until = now()
    async for pcm in response.content.iter_any():
        heard += pcm
        longest_gap_s = max(longest_gap_s, now() - lasts_until)
        lasts_until = max(lasts_until, now()) + len(pcm) / TELEPHONE_BYTES_PER_S
    return bytes(heard), longest_gap_s


@pytest.mark.parametrize(("characters", "status"), [(LONGEST_MESSAGE, 413), (9_000, 429)], ids=["413", "old server"])
async def test_a_text_that_is_too_long_for_the_plan_is_heard_whole(
    hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry, characters: int, status: int
) -> None:
    """Every word, in order, with no gap between the parts that are made of it; nothing of it stays in memory."""
    simulator.plan = TIERS[1]
    # Half as fast as the real one, and as long in silence before each part.
    simulator.profile = Profile(first_audio_ms=60, speed=6.0, frame_ms=1_000, too_long_status=status)
    sentences = story(characters)
    heard, longest_gap_s = await heard_by_a_player(hass_client, " ".join(sentences))
    is_whole = heard == sounds(sentences, 8_000)
    assert is_whole
    assert longest_gap_s <= UNHEARD_S
    spoken_with = account.runtime_data.account
    assert spoken_with.slots.learned.characters == 2_000
    assert spoken_with.dispatcher.memory.waiting_bytes == 0


async def at_once(text: str) -> AsyncGenerator[str]:
    """Yield a message that is complete."""
    yield text


async def heard_as_it_plays(audio: AsyncGenerator[bytes]) -> tuple[bytes, float]:
    """Return what is heard by who takes it two seconds before it is played, and for how long nothing was there."""
    now = asyncio.get_running_loop().time
    heard, longest_gap_s = bytearray(), 0.0
    lasts_until = now() + 1_000
    async for pcm in audio:
        longest_gap_s = max(longest_gap_s, now() - lasts_until)
        lasts_until = min(lasts_until, now() + 2) + len(pcm) / WAV_BYTES_PER_S
        heard += pcm
        await asyncio.sleep(lasts_until - 2 - now())
    return bytes(heard[HEADER_LENGTH:]), longest_gap_s


@pytest.mark.parametrize("spoken", [at_once, growing])
async def test_nobody_waits_for_who_listens_to_a_long_text(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    spoken: Callable[[str], AsyncGenerator[str]],
) -> None:
    """Who has a minute to hear leaves the only slot to others, and yet hears no gap."""
    simulator.plan = TIERS[1]
    simulator.profile = Profile(first_audio_ms=60, speed=12.0, frame_ms=1_000)
    sentences = story(12_000)
    now = asyncio.get_running_loop().time
    waits_s: list[float] = []

    async def ring() -> None:
        while True:
            await asyncio.sleep(13)
            begun_at = now()
            text = f"Somebody is at door number {len(waits_s)}."
            assert await fetch(hass_client, text) == (200, wav_header(24_000) + tone_pcm(text, 24_000))
            waits_s.append(now() - begun_at)

    ringing = asyncio.create_task(ring())
    answer = await asked(hass, spoken(" ".join(sentences)))
    heard, longest_gap_s = await heard_as_it_plays(answer.data_gen)
    ringing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ringing
    chunks = spoken_chunks(simulator) or sentences
    assert "".join(chunks).replace(" ", "") == "".join(sentences).replace(" ", "")
    is_whole = heard == tones(chunks)
    assert is_whole
    assert longest_gap_s <= UNHEARD_S
    assert len(waits_s) > 40
    # A part of 2,000 characters is two minutes of speech, made in ten seconds.
    assert max(waits_s) < 12
    assert sorted(waits_s)[len(waits_s) // 2] < 0.5


@pytest.mark.parametrize("refusal", Refusal)
async def test_several_at_once_are_heard_whole_however_they_are_refused(
    hass_client: ClientSessionGenerator, simulator: Simulator, refusal: Refusal
) -> None:
    """With a frame, with a close, at the upgrade."""
    simulator.plan = replace(TIERS[1], refusal=refusal, tells_retry_after=False)
    simulator.profile = Profile(speed=8.0)
    texts = [f"Announcement number {number}." for number in range(6)]
    heard = await asyncio.gather(*(fetch(hass_client, text) for text in texts))
    are_whole = [audio[HEADER_LENGTH:] == tone_pcm(text, 24_000) for text, (_, audio) in zip(texts, heard, strict=True)]
    assert ([status for status, _ in heard], are_whole) == ([200] * 6, [True] * 6)


async def test_a_later_turn_is_tried_again(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry
) -> None:
    """Whatever was heard before: of this turn nothing was."""

    async def calling() -> AsyncGenerator[str]:
        yield "Wait."
        await asyncio.sleep(6)
        simulator.faults.add(Fault.ERROR_FRAME, error=Failure.GENERATION_FAILED)
        yield "Done."

    status, audio = await fetch_growing(hass, hass_client, calling())
    assert status == 200
    assert audio[HEADER_LENGTH:].startswith(tone_pcm("Wait.", 24_000))
    assert audio.endswith(tone_pcm("Done.", 24_000))
    [record] = account.runtime_data.account.history.utterances
    assert (record.outcome, record.retries) == ("spoken", 1)


async def test_an_action_that_an_answer_calls_does_not_wait_for_that_answer(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Even where only one may be made at once."""
    simulator.plan = TIERS[1]

    async def calling() -> AsyncGenerator[str]:
        yield "I let it be said."
        await hass.services.async_call(
            DOMAIN, "generate", {"message": "Dinner is ready."}, blocking=True, return_response=True
        )
        yield " It was said."

    async with asyncio.timeout(20):
        status, audio = await fetch_growing(hass, hass_client, calling())
    assert status == 200
    assert audio.endswith(tone_pcm("It was said.", 24_000))
