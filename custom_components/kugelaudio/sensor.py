"""What an account has spoken, what that cost, what failed last, and what the provider says of its usage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .api.errors import KugelAudioError
from .const import LOGGER
from .coordinator import AccountCoordinator, KugelAudioConfigEntry
from .entity import account_device
from .exceptions import error_keys
from .speech.record import Outcome, UtteranceRecord

PARALLEL_UPDATES = 0

_EURO: Final = "EUR"
_CENTS_PER_EURO: Final = 100
# Sums of binary fractions show digits that nobody billed.
_DECIMALS: Final = 9
_USAGE_FIRST_AFTER: Final = timedelta(minutes=1)
_USAGE_INTERVAL: Final = timedelta(hours=12)

type _Value = StateType | date | datetime | Decimal


@dataclass(frozen=True, kw_only=True)
class SpeechSensorDescription(SensorEntityDescription):
    """How a sensor goes on from its value when an utterance is over."""

    after: Callable[[_Value, UtteranceRecord], _Value]
    begins_at: int | None = None


def _sum_of(amount: Callable[[UtteranceRecord], float | None]) -> Callable[[_Value, UtteranceRecord], _Value]:
    """Add up what utterances bring; None says that it is not known, or nothing. A sum never shrinks."""

    def after(total: _Value, record: UtteranceRecord) -> _Value:
        added = amount(record)
        if added is None or added < 0:
            return total
        return round((total if isinstance(total, int | float) else 0) + added, _DECIMALS)

    return after


def _latest(value: Callable[[UtteranceRecord], _Value]) -> Callable[[_Value, UtteranceRecord], _Value]:
    """Keep the latest value; None says that an utterance has none, so that the one before stays."""
    return lambda before, record: before if (new := value(record)) is None else new


def _characters(record: UtteranceRecord) -> int | None:
    """Return what the server counted, or what was spoken where the server tells nothing."""
    if record.usage is not None and record.usage.characters is not None:
        return record.usage.characters
    return record.characters if record.outcome is Outcome.SPOKEN else None


def _audio_s(record: UtteranceRecord) -> float | None:
    """Return what the server counted, or what was spoken where the server tells nothing."""
    if record.usage is not None:
        return record.usage.audio_seconds
    return record.audio_s if record.outcome is Outcome.SPOKEN else None


def _cost_eur(record: UtteranceRecord) -> float | None:
    if record.usage is None or record.usage.cost_cents is None:
        return None
    return record.usage.cost_cents / _CENTS_PER_EURO


def _is_of_unknown_cost(record: UtteranceRecord) -> bool:
    """Tell whether there was something to bill, but not what it costs."""
    return _cost_eur(record) is None and (record.usage is not None or record.audio_s > 0)


_DESCRIPTIONS: Final = (
    SpeechSensorDescription(
        key="characters",
        state_class=SensorStateClass.TOTAL_INCREASING,
        after=_sum_of(_characters),
        begins_at=0,
    ),
    SpeechSensorDescription(
        key="audio",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        after=_sum_of(_audio_s),
        begins_at=0,
    ),
    SpeechSensorDescription(
        key="cost",
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=_EURO,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=4,
        after=_sum_of(_cost_eur),
    ),
    SpeechSensorDescription(
        key="utterances",
        state_class=SensorStateClass.TOTAL_INCREASING,
        after=_sum_of(lambda _: 1),
        begins_at=0,
    ),
    SpeechSensorDescription(
        key="failures",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL_INCREASING,
        after=_sum_of(lambda record: record.error is not None),
        begins_at=0,
    ),
    SpeechSensorDescription(
        key="unknown_cost",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL_INCREASING,
        after=_sum_of(_is_of_unknown_cost),
        begins_at=0,
    ),
    SpeechSensorDescription(
        key="ttfa",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        after=_latest(lambda record: None if record.ttfa_ms is None else round(record.ttfa_ms)),
    ),
    SpeechSensorDescription(
        key="last_error",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=list(error_keys()),
        after=_latest(lambda record: record.error),
    ),
    SpeechSensorDescription(
        key="last_error_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        after=_latest(lambda record: None if record.error is None else dt_util.utcnow()),
    ),
)


def _minutes(name: str, state_class: SensorStateClass | None, *, is_enabled: bool = False) -> SensorEntityDescription:
    """Describe a number of minutes that the provider is known to deliver."""
    return SensorEntityDescription(
        key=name,
        translation_key=name,
        device_class=SensorDeviceClass.DURATION,
        entity_registry_enabled_default=is_enabled,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        state_class=state_class,
        suggested_display_precision=1,
    )


_USAGE: Final = {
    description.key: description
    for description in (
        _minutes("minutes_used", SensorStateClass.TOTAL_INCREASING),
        _minutes("minutes_included", None),
        _minutes("minutes_remaining", SensorStateClass.MEASUREMENT, is_enabled=True),
        _minutes("overage_minutes", SensorStateClass.TOTAL_INCREASING),
    )
}


async def async_setup_entry(
    _hass: HomeAssistant, entry: KugelAudioConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what is counted here, and whatever the provider turns out to count."""
    usage = UsageCoordinator(entry.runtime_data)
    known: set[str] = set()

    @callback
    def add_new() -> None:
        new = sorted(usage.data.keys() - known)
        known.update(new)
        async_add_entities(UsageSensor(entry, usage, name) for name in new)

    async_add_entities(SpeechSensor(entry, description) for description in _DESCRIPTIONS)
    entry.async_on_unload(usage.async_add_listener(add_new))


class SpeechSensor(RestoreSensor):
    """Follows from utterances, survives restarts, and does not need the provider."""

    entity_description: SpeechSensorDescription
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: KugelAudioConfigEntry, description: SpeechSensorDescription) -> None:
        """Begin anew, until the last value is restored."""
        self.entity_description = description
        self._history = entry.runtime_data.history
        self._attr_native_value = description.begins_at
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from the last value, unless it is one that this version does not know, and begin to listen."""
        await super().async_added_to_hass()
        last = await self.async_get_last_sensor_data()
        if last is not None and (self.options is None or last.native_value in self.options):
            self._attr_native_value = last.native_value
        self.async_on_remove(self._history.listen(self._finished))

    @callback
    def _finished(self, record: UtteranceRecord) -> None:
        """Take account of an utterance."""
        self._attr_native_value = self.entity_description.after(self._attr_native_value, record)
        self.async_write_ha_state()


class UsageCoordinator(DataUpdateCoordinator[Mapping[str, float]]):
    """Asks for the numbers of `/v1/usage`: not during set-up, seldom, and without a word where there are none.

    The provider announces the route, but may not offer it. An answer that fails leaves the last numbers in place.
    """

    def __init__(self, account: AccountCoordinator) -> None:
        """Know of no number yet."""
        super().__init__(
            account.hass,
            LOGGER,
            config_entry=account.config_entry,
            name=f"{account.name} usage",
            update_interval=_USAGE_FIRST_AFTER,
            always_update=False,
        )
        self._client = account.client
        self.data = {}

    @override
    async def _async_update_data(self) -> Mapping[str, float]:
        """Return all numbers by their names; those of the present come before those of the past."""
        self.update_interval = _USAGE_INTERVAL
        try:
            past, present = await self._client.usage_history(), await self._client.usage()
        except KugelAudioError:
            return self.data
        return {**(past.numbers if past else {}), **(present.numbers if present else {})}


class UsageSensor(CoordinatorEntity[UsageCoordinator], SensorEntity):
    """A number of `/v1/usage`, known while the provider can be reached."""

    _attr_has_entity_name = True

    def __init__(self, entry: KugelAudioConfigEntry, usage: UsageCoordinator, name: str) -> None:
        """Describe a number by what is known of it, else by its name."""
        super().__init__(usage)
        self.entity_description = _USAGE.get(name) or SensorEntityDescription(
            key=name,
            name=name.replace("_", " ").capitalize(),
            entity_registry_enabled_default=False,
            state_class=SensorStateClass.MEASUREMENT,
        )
        self._account = entry.runtime_data
        self._attr_unique_id = f"{entry.entry_id}_usage_{name}"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the account, too: it notices first that the provider is down."""
        await super().async_added_to_hass()
        self.async_on_remove(self._account.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def available(self) -> bool:
        """Tell whether the provider is there and still delivers the number."""
        return self._account.last_update_success and self.entity_description.key in self.coordinator.data

    @property
    @override
    def native_value(self) -> float | None:
        """Return what the provider told last."""
        return self.coordinator.data.get(self.entity_description.key)
