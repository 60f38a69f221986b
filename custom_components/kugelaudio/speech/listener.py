"""One stream that Home Assistant asks for: what is spoken, in its own format, fetched at its own pace."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from ..exceptions import failure
from ..sound.encoding import encoded
from ..voices.settings import UtteranceSettings
from .account import Account
from .composition import StoredVoice
from .encoders import Delivery
from .message import Message
from .record import Heads, current_observer
from .unkept import do_not_keep
from .utterance import Utterance, sameness

_FETCH_LIMIT_S: Final = 30.0


class Listener:
    """Hears an utterance of its own, or one that somebody else has asked for already."""

    def __init__(
        self, account: Account, voice: StoredVoice, message: AsyncGenerator[str], settings: UtteranceSettings
    ) -> None:
        """Keep what is asked for; nothing is spoken yet."""
        self._account = account
        self._voice = voice
        self._observer = current_observer()
        self._settings = settings.with_words() if self._observer.with_words else settings
        self._message = Message(message, marks=settings.marks, clean=settings.clean, language=settings.language)
        self._loop = asyncio.get_running_loop()
        # What the audio is called; known with its first bytes.
        self.extension = ""

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield a stream of unknown length; raises HomeAssistantError, and never ends without all audio.

        What is heard before the words comes at once. Else the header comes with the first audio; where it starts a
        conversion, it comes as soon as the server has accepted the text, so that the converter starts while the server
        makes the first audio.
        """
        wanted, encoders = self._settings.wanted, self._account.encoders
        self._utterance = await self._found()
        self._tape = self._utterance.join(wanted.server_rate)
        self._look_later(_FETCH_LIMIT_S)
        has_heard_all = False
        try:
            await self._utterance.begun.wait()
            delivery = await encoders.delivery(wanted, self._utterance.sample_rate)
            self.extension = delivery.name
            is_early = delivery.name != wanted.name
            stream = encoded(self._pieces(), delivery.encoder, encoders.in_thread, is_head_early=is_early)
            async with aclosing(stream):
                async for part in stream:
                    yield part
            has_heard_all = True
            self._heard_all(delivery)
        finally:
            self._timer.cancel()
            await self._utterance.leave(self._tape, has_heard_all=has_heard_all)

    async def _pieces(self) -> AsyncGenerator[bytes]:
        """Yield what is spoken as it comes."""
        while await self._tape.has_news(None) and (pcm := self._tape.take()) is not None:
            yield pcm

    def _heard_all(self, delivery: Delivery) -> None:
        """Tell what all of it begins with as a file, and let nobody keep what is not as it was asked for."""
        if delivery.is_exact:
            self._observer.heads = Heads(delivery.encoder.stream_head(), delivery.encoder.file_head())
        if (shortcoming := self._utterance.shortcoming) is not None:
            self._observer.shortcoming = shortcoming
            account = self._account
            do_not_keep(account.hass, account.entry, self._voice.entity_id, self._message.received)

    async def _found(self) -> Utterance:
        """Return what can be joined, else what begins now."""
        account, voice, message = self._account, self._voice, self._message
        wanted = self._settings.wanted
        is_converted = not await account.encoders.can_make(wanted)
        # What has everything at hand is read at once.
        message.start()
        settings = replace(self._settings, is_converted=is_converted)
        if message.complete is None or wanted.is_for_telephones:
            return Utterance(account, voice, message, settings, observer=self._observer)
        same = sameness(account, voice, message.complete, settings)
        spoken = (utterance for utterance in account.speaking if isinstance(utterance, Utterance))
        open_ones = (utterance for utterance in spoken if utterance.can_be_joined(same, wanted.server_rate))
        best = max(open_ones, key=lambda utterance: utterance.sample_rate, default=None)
        return best or Utterance(account, voice, message, settings, observer=self._observer, same=same)

    def _look_later(self, after_s: float) -> None:
        self._timer = self._loop.call_later(after_s, self._look)

    def _look(self) -> None:
        """Give up what nobody fetches: whoever asked for it has gone without a word."""
        waited_s = self._tape.waited_s
        if waited_s < _FETCH_LIMIT_S:
            self._look_later(_FETCH_LIMIT_S - waited_s)
            return
        self._abandoning = asyncio.create_task(self._abandon(), name="kugelaudio abandoned utterance")

    async def _abandon(self) -> None:
        """Leave for good; who comes all the same is told that it is too late."""
        await self._utterance.leave(self._tape, has_heard_all=False)
        self._tape.end(failure("speech_abandoned"))
