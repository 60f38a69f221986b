"""What an account knows over restarts: its catalogue, and small facts such as what its plan allows."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from ..const import DOMAIN, LOGGER
from ..voices.catalogue import Catalogue
from ..voices.stored_catalogue import catalogue_from_json, catalogue_to_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

type _Json = Mapping[str, Any]

# The fact that tells what the provider's plan allows: another key has another one.
PLAN: Final = "plan"
_VERSION: Final = 1
# A power cut costs no more than this.
_WRITTEN_AFTER_S: Final = 5.0


class _Shelf:
    """A file that is written soon after a change, however many follow, and that an account can do without."""

    def __init__(self, hass: HomeAssistant, key: str, content: Callable[[], _Json]) -> None:
        self._store = _AccountStore(hass, _VERSION, key, private=True)
        self._content = content
        self._is_waiting = False

    async def load(self) -> _Json:
        """Return what is stored; nothing where it cannot be read: it is found out again."""
        try:
            return await self._store.async_load() or {}
        except HomeAssistantError as err:
            LOGGER.warning("What was stored for an account can't be read, so it begins anew: %s", err)
            return {}

    @callback
    def write_soon(self) -> None:
        """Write in a few seconds."""
        if not self._is_waiting:
            self._is_waiting = True
            self._store.async_delay_save(self._written, _WRITTEN_AFTER_S)

    async def flush(self) -> None:
        """Write now what waits to be written."""
        if self._is_waiting:
            await self._store.async_save(self._written())

    async def remove(self) -> None:
        """Remove the file."""
        await self._store.async_remove()

    def _written(self) -> _Json:
        self._is_waiting = False
        return self._content()


class _AccountStore(Store[_Json]):
    """A store whose older contents are worth nothing: all of it is found out again."""

    @override
    async def _async_migrate_func(self, _old_major: int, _old_minor: int, _old: _Json) -> _Json:
        return {}


class AccountMemory:
    """Facts are small frozen dataclasses of JSON's own types, each kept under a name of its own."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Begin with nothing known."""
        self.catalogue: Catalogue | None = None
        self._facts: dict[str, _Json] = {}
        self._catalogue_shelf = _Shelf(
            hass, f"{DOMAIN}.{entry_id}.catalogue", lambda: catalogue_to_json(self.catalogue) if self.catalogue else {}
        )
        self._facts_shelf = _Shelf(hass, f"{DOMAIN}.{entry_id}.facts", lambda: dict(self._facts))

    async def load(self) -> None:
        """Take over what is stored."""
        self.catalogue = catalogue_from_json(await self._catalogue_shelf.load())
        self._facts = dict(await self._facts_shelf.load())

    @callback
    def keep_catalogue(self, catalogue: Catalogue) -> None:
        """Keep a catalogue, on the disk within ten seconds."""
        if catalogue != self.catalogue:
            self.catalogue = catalogue
            self._catalogue_shelf.write_soon()

    def recall[Fact: DataclassInstance](self, name: str, kind: type[Fact]) -> Fact | None:
        """Return the fact of that name, None if there is none, or only one of another shape."""
        try:
            return kind(**self._facts[name])
        except KeyError, TypeError:
            return None

    @callback
    def keep(self, name: str, fact: DataclassInstance) -> None:
        """Keep a fact under a name, on the disk within ten seconds."""
        self._facts[name] = asdict(fact)
        self._facts_shelf.write_soon()

    @callback
    def forget(self, name: str) -> None:
        """Forget a fact, if there is one."""
        if self._facts.pop(name, None) is not None:
            self._facts_shelf.write_soon()

    async def flush(self) -> None:
        """Write now what waits to be written: whoever sets the account up again reads it."""
        await self._catalogue_shelf.flush()
        await self._facts_shelf.flush()

    async def remove(self) -> None:
        """Remove everything that is stored."""
        await self._catalogue_shelf.remove()
        await self._facts_shelf.remove()
