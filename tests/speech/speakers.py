"""Generations that ask for their turn, for the tests of how many are made at once."""

import asyncio

from custom_components.kugelaudio.api.errors import (
    KugelAudioError,
    RateLimitedError,
)
from custom_components.kugelaudio.speech.plan import LearnedPlan
from custom_components.kugelaudio.speech.slots import GenerationSlots, Ticket


class Speakers:
    """Generations that take as long as a test wants them to."""

    def __init__(self, slots: GenerationSlots) -> None:
        """Begin with nobody."""
        self.slots = slots
        self.speaking: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.tickets: dict[str, Ticket] = {}
        self.began: dict[str, asyncio.Event] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}

    async def come(self, *names: str, ahead: bool = False) -> None:
        """Let generations ask for their turn, one after the other; nobody waits for those that are made ahead."""
        for name in names:
            self._ends[name] = asyncio.get_running_loop().create_future()
            self.began[name] = asyncio.Event()
            self.tickets[name] = self.slots.ticket(is_awaited=not ahead)
            self.tasks[name] = asyncio.create_task(self._speak(name))
            await settle()

    def end(self, *names: str) -> None:
        """Let generations come to their end."""
        for name in names:
            self._ends[name].set_result(None)

    async def refuse(self, *names: str, error: KugelAudioError | None = None) -> None:
        """Let the server refuse generations, one after the other."""
        for name in names:
            self.refuse_now(name, error or RateLimitedError())
            await settle()

    def refuse_now(self, name: str, error: KugelAudioError) -> None:
        """Let the server refuse a generation in this moment."""
        self._ends[name].set_exception(error)

    async def _speak(self, name: str) -> None:
        async with self.slots.hold(self.tickets[name]):
            self.speaking.append(name)
            self.began[name].set()
            try:
                await self._ends[name]
            finally:
                self.speaking.remove(name)


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(10):
        await asyncio.sleep(0)


async def made_automatic(*names: str, learned: LearnedPlan | None = None) -> Speakers:
    """Return generations of an account that finds out how many may be made at once."""
    made = Speakers(GenerationSlots(learned=learned))
    await made.come(*names)
    return made


async def ended(speakers: Speakers) -> None:
    """Let all come to their end."""
    while speakers.speaking:
        speakers.end(*speakers.speaking)
        await settle()
    await asyncio.gather(*speakers.tasks.values(), return_exceptions=True)
