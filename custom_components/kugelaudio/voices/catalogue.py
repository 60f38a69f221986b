"""What an account can speak with: its voices, models and dictionaries, found and sorted for people."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..api.client import KugelAudioClient
from ..api.errors import KugelAudioError, NotFoundError, NotKugelAudioError, TimedOutError
from ..api.models import LANGUAGES, Dictionary, Model, Voice

# Home Assistant knows Norwegian by its two written forms, the server by the spoken language.
_SERVER_LANGUAGES: Final = {"nb": "no", "nn": "no"}
SUPPORTED_LANGUAGES: Final = sorted((*LANGUAGES, *_SERVER_LANGUAGES))
# Speech works without them, so nobody waits for them long.
_DICTIONARIES_LIMIT_S: Final = 1.5


def server_language(language: str) -> str:
    """Return the server's code for a supported language."""
    return _SERVER_LANGUAGES.get(language, language)


def nearest_language(tag: str) -> str:
    """Return the supported language of a tag such as `de-CH`; English where there is none."""
    base = tag.replace("_", "-").split("-", 1)[0].casefold()
    return base if base in SUPPORTED_LANGUAGES else "en"


def _id(voice: Voice) -> str:
    return voice.id


def _handle(voice: Voice) -> str:
    return voice.handle or ""


def _name(voice: Voice) -> str:
    return voice.name


def choice(voice: Voice) -> str:
    """Return how a voice is called where it is chosen: names are not unique, ids alone say nothing."""
    return voice.id if voice.name == voice.id else f"{voice.name} ({voice.id})"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The voices, models and pronunciation dictionaries of one account on one endpoint."""

    voices: tuple[Voice, ...]
    models: tuple[Model, ...]
    dictionaries: tuple[Dictionary, ...] = ()

    def voices_for(self, language: str) -> list[Voice]:
        """Return the voices that speak a supported language, own ones first, then by name."""
        code = server_language(language)
        return sorted_for_people(voice for voice in self.voices if voice.speaks(code))

    def find_voice(self, named: str) -> Voice | None:
        """Return the voice with this id or handle, else the first with this name, alone or as `choice` gives it."""
        wanted = named.strip().casefold()
        for text in (_id, _handle, choice, _name):
            for voice in self.voices:
                if wanted and text(voice).casefold() == wanted:
                    return voice
        return None


async def fetch_catalogue(client: KugelAudioClient, known: tuple[Dictionary, ...] = ()) -> Catalogue:
    """Ask for everything the account can speak with; proves the key, and costs nothing.

    The dictionaries stay the known ones while they cannot be listed.
    """
    try:
        voices = await client.voices()
        listing = asyncio.create_task(_dictionaries(client, known), name="kugelaudio dictionaries")
        try:
            return Catalogue(voices, await client.models(), await listing)
        finally:
            listing.cancel()
    except NotFoundError as err:
        # No voice was asked for: the address is one where the server has nothing.
        raise NotKugelAudioError(status=err.status, request_id=err.request_id) from err


async def _dictionaries(client: KugelAudioClient, known: tuple[Dictionary, ...]) -> tuple[Dictionary, ...]:
    """Return those that can be asked for, which needs their project; none where the key or the server has none."""
    try:
        async with asyncio.timeout(_DICTIONARIES_LIMIT_S):
            listed = await client.dictionaries()
    except TimeoutError, TimedOutError:
        return known
    except KugelAudioError as err:
        return known if err.retryable else ()
    projects = [dictionary.project_id for dictionary in listed if dictionary.project_id is not None]
    return tuple(dictionary for dictionary in listed if dictionary.project_id in projects[:1])


def sorted_for_people(voices: Iterable[Voice]) -> list[Voice]:
    """Return own voices first, then by name."""
    return sorted(voices, key=lambda voice: (not voice.is_own, voice.name.casefold(), voice.id))
