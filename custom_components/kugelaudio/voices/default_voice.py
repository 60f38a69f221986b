"""Which voice of the home speaks where a call names none."""

from collections.abc import Iterable
from typing import Final

from homeassistant.config_entries import ConfigEntry

from ..const import CONF_DEFAULT_VOICE, SUBENTRY_VOICE

# Stored for an account whose voices speak in the order in which they were added.
FIRST_ADDED: Final = "first"


def default_voice(accounts: Iterable[ConfigEntry]) -> str | None:
    """Return the subentry id of the voice that an account was told to take, else of the one that was added first.

    `accounts` are those of the home, the oldest first; None where they have no voice.
    """
    by_account = [(account, account.get_subentries_of_type(SUBENTRY_VOICE)) for account in accounts]
    voices = [voice.subentry_id for _, stored in by_account for voice in stored]
    wanted = [account.options.get(CONF_DEFAULT_VOICE) for account, _ in by_account]
    return next((voice_id for voice_id in (*wanted, *voices) if voice_id in voices), None)
