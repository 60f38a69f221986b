"""What an account has spoken, what that cost, what failed last, and what the provider says of its usage."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
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
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .entity import account_device
from .exceptions import error_keys
from .runtime import KugelAudioConfigEntry
from .speech.record import Outcome, UtteranceRecord
from .usage import UsageCoordinator

PARALLEL_UPDATES = 0

_EURO: Final = "EUR"
_CENTS_PER_EURO: Final = 100
# Sums of binary fractions show digits that nobody billed.
_DECIMALS: Final = 9
_NO_ERROR: Final = "none"

type _Value = StateType | date | datetime | Decimal


@dataclass(frozen=True, kw_only=True)
class SpeechSensorDescription(SensorEntityDescription):
    """How a sensor goes on from its value when an utterance is over."""

    after: Callable[[_Value, UtteranceRecord], _Value]
    begins_at: int | str | None = None


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
    if record.usage is not None and record.usage.audio_seconds is not None:
        return record.usage.audio_seconds
    return record.audio_s if record.outcome is Outcome.SPOKEN else None


def _cost_eur(record: UtteranceRecord) -> float | None:
    if record.usage is None or record.usage.cost_cents is None:
        return None
    return record.usage.cost_cents / _CENTS_PER_EURO


def _cost_after(total: _Value, record: UtteranceRecord) -> _Value:
    """Add up the cost; as long as none was told, speech that has one is not counted as nothing."""
    cost = _cost_eur(record)
    if total == 0 and (cost is None or cost < 0) and (record.usage is not None or record.audio_s > 0):
        return None
    return _sum_of(_cost_eur)(total, record)


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
        after=_cost_after,
        begins_at=0,
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
        options=[_NO_ERROR, *error_keys()],
        after=_latest(lambda record: record.error),
        begins_at=_NO_ERROR,
    ),
    SpeechSensorDescription(
        key="last_error_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # Where nothing has failed it has no time to tell, which reads like a failure.
        entity_registry_enabled_default=False,
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
    hass: HomeAssistant, entry: KugelAudioConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what is counted here, and what the provider turns out to count."""
    _forget_unknown_usage(hass, entry)
    usage = UsageCoordinator(entry.runtime_data)
    known: set[str] = set()

    @callback
    def add_new() -> None:
        new = sorted((usage.data.keys() & _USAGE.keys()) - known)
        known.update(new)
        async_add_entities(UsageSensor(entry, usage, name) for name in new)

    async_add_entities([PlanSensor(entry), *(SpeechSensor(entry, description) for description in _DESCRIPTIONS)])
    entry.async_on_unload(usage.async_add_listener(add_new))


def _forget_unknown_usage(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> None:
    """Remove what earlier releases made of every other number of an answer that nobody has specified."""
    registry = er.async_get(hass)
    ours = {f"{entry.entry_id}_usage_{name}" for name in _USAGE}
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id.startswith(f"{entry.entry_id}_usage_") and entity.unique_id not in ours:
            registry.async_remove(entity.entity_id)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum as it is kept over restarts."""

    value: float


class SpeechSensor(RestoreSensor):
    """Follows from utterances, survives restarts, and does not need the provider."""

    entity_description: SpeechSensorDescription
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: KugelAudioConfigEntry, description: SpeechSensorDescription) -> None:
        """Begin anew, until the last value is restored."""
        self.entity_description = description
        self._account = entry.runtime_data.account
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
        # Home Assistant writes states every quarter of an hour: after a power cut theirs is older.
        if self._is_total and (kept := self._account.memory.recall(self._fact, Total)) is not None:
            restored = self._attr_native_value
            self._attr_native_value = max(kept.value, restored if isinstance(restored, int | float) else 0)
        self.async_on_remove(self._account.history.listen(self._finished))

    @callback
    def _finished(self, record: UtteranceRecord) -> None:
        """Take account of an utterance."""
        value = self.entity_description.after(self._attr_native_value, record)
        self._attr_native_value = value
        if self._is_total and isinstance(value, int | float):
            self._account.memory.keep(self._fact, Total(value))
        self.async_write_ha_state()

    @property
    def _is_total(self) -> bool:
        return self.state_class in {SensorStateClass.TOTAL, SensorStateClass.TOTAL_INCREASING}

    @property
    def _fact(self) -> str:
        return f"total_{self.entity_description.key}"


class PlanSensor(SensorEntity):
    """How many texts the account's plan was found to let be made at the same time; unknown until it refused one."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    # Where no limit was met it has nothing to tell, which reads like a failure.
    _attr_entity_registry_enabled_default = False
    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_translation_key = "plan"

    def __init__(self, entry: KugelAudioConfigEntry) -> None:
        """Take the account."""
        self._account = entry.runtime_data.account
        self._attr_unique_id = f"{entry.entry_id}_plan"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what is learned."""
        await super().async_added_to_hass()
        self.async_on_remove(self._account.when_learned(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> int | None:
        """Return how many."""
        return self._account.slots.learned.at_once

    @property
    @override
    def extra_state_attributes(self) -> dict[str, int | None]:
        """Return what else was learned: how long a text may be, and how many connections may be open."""
        learned = self._account.slots.learned
        return {"characters": learned.characters, "connections": learned.connections}


class UsageSensor(CoordinatorEntity[UsageCoordinator], SensorEntity):
    """A number of `/v1/usage`, known while the provider can be reached."""

    _attr_has_entity_name = True

    def __init__(self, entry: KugelAudioConfigEntry, usage: UsageCoordinator, name: str) -> None:
        """Describe the number."""
        super().__init__(usage)
        self.entity_description = _USAGE[name]
        self._catalogue = entry.runtime_data.coordinator
        self._attr_unique_id = f"{entry.entry_id}_usage_{name}"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the account, too: it notices first that the provider is down."""
        await super().async_added_to_hass()
        self.async_on_remove(self._catalogue.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def available(self) -> bool:
        """Tell whether the provider is there and still delivers the number."""
        return self._catalogue.listing.is_reachable and self.entity_description.key in self.coordinator.data

    @property
    @override
    def native_value(self) -> float | None:
        """Return what the provider told last."""
        return self.coordinator.data.get(self.entity_description.key)
