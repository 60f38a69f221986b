"""Asking for what an account can speak with: three lists at the same time, each of which fails alone."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..api.client import KugelAudioClient
from ..api.errors import (
    AuthenticationError,
    CannotConnectError,
    ConnectionLostError,
    InvalidRequestError,
    KugelAudioError,
    NotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    ServerError,
    TimedOutError,
    UnavailableError,
)
from ..api.models import Dictionary
from .catalogue import NOTHING_KNOWN, Catalogue

# Nobody who fills in a form waits for dictionaries longer.
FORM_PATIENCE_S: Final = 1.5
_OUTAGES: Final = (CannotConnectError, ConnectionLostError, ServerError, TimedOutError, UnavailableError)


class ListName(StrEnum):
    """The lists of the provider, by their paths."""

    VOICES = "/v1/voices"
    MODELS = "/v1/models"
    DICTIONARIES = "/v1/dictionaries"


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is now: of a list that failed, what was known before."""

    catalogue: Catalogue
    failures: Mapping[ListName, KugelAudioError]

    @property
    def failure(self) -> KugelAudioError | None:
        """Return why the voices are not listed: of the three it is the list that tells of the key and the address."""
        return self.failures.get(ListName.VOICES)

    @property
    def accepts_key(self) -> bool:
        """Tell whether the server has accepted the key; the models it tells to everybody."""
        return self.failure is None

    @property
    def is_reachable(self) -> bool:
        """Tell whether anything came of the server."""
        return len(self.failures) < len(ListName) or not all(map(is_outage, self.failures.values()))


def is_outage(error: KugelAudioError) -> bool:
    """Tell whether an error says that the provider is down, or not to be reached."""
    return isinstance(error, _OUTAGES)


async def fetch_listing(
    client: KugelAudioClient, known: Catalogue = NOTHING_KNOWN, dictionaries_within_s: float | None = None
) -> Listing:
    """Ask for everything the account can speak with; proves the key, and costs nothing. Raises nothing.

    A list that the key may not ask for is no failure: it may still be allowed to speak.
    """
    voices, models, dictionaries = await asyncio.gather(
        _listed(client.voices()),
        _listed(client.models()),
        _listed(_dictionaries(client, dictionaries_within_s)),
    )
    if isinstance(dictionaries, AuthenticationError) and not isinstance(voices, KugelAudioError):
        # The key is accepted, but not for these.
        dictionaries = ()
    found = {ListName.VOICES: voices, ListName.MODELS: models, ListName.DICTIONARIES: dictionaries}
    failures = {name: result for name, result in found.items() if isinstance(result, KugelAudioError)}
    return Listing(
        Catalogue(
            voices if isinstance(voices, tuple) else known.voices,
            models if isinstance(models, tuple) else known.models,
            dictionaries if isinstance(dictionaries, tuple) else known.dictionaries,
        ),
        failures,
    )


async def _listed[Item](request: Coroutine[None, None, tuple[Item, ...]]) -> tuple[Item, ...] | KugelAudioError | None:
    """Return a list, why it failed, or None where the key may not ask for it."""
    try:
        return await request
    except PermissionDeniedError:
        return None
    except NotFoundError as err:
        # Nothing of its own was asked for: the address is one where the server has nothing.
        return NotKugelAudioError(status=err.status, request_id=err.request_id)
    except KugelAudioError as err:
        return err


async def _dictionaries(client: KugelAudioClient, within_s: float | None) -> tuple[Dictionary, ...]:
    """Return those that can be asked for, which needs their project; none where the key or the server has none.

    Raises what may be over when it is asked for again.
    """
    try:
        async with asyncio.timeout(within_s):
            listed = await client.dictionaries()
    except TimeoutError:
        raise TimedOutError from None
    except PermissionDeniedError, NotFoundError, InvalidRequestError:
        return ()
    except NotKugelAudioError as err:
        if err.status is None:
            # A page of something in between: it may be gone the next time.
            raise
        return ()
    projects = [dictionary.project_id for dictionary in listed if dictionary.project_id is not None]
    return tuple(dictionary for dictionary in listed if dictionary.project_id in projects[:1])
