"""What an account consists of while it is set up."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .coordinator import CatalogueCoordinator
from .issues import AccountIssues
from .speech.account import Account


@dataclass(frozen=True, slots=True)
class AccountRuntime:
    """What speaks, what polls, and what tells the user to mend something."""

    account: Account
    coordinator: CatalogueCoordinator
    issues: AccountIssues


type KugelAudioConfigEntry = ConfigEntry[AccountRuntime]
