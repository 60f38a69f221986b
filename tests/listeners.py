"""Who hears announcements: players and satellites that fetch what they are told to play, as real ones do."""

import asyncio
from dataclasses import dataclass
from typing import Any, override
from unittest.mock import ANY

import aiohttp
from homeassistant.components import assist_satellite, media_source
from homeassistant.components.assist_satellite.const import DATA_COMPONENT as SATELLITES
from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.media_player.const import (
    DATA_COMPONENT as PLAYERS,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN

from .speaking import ENTITY, HEADER_LENGTH, TEXT, WAV

KITCHEN = "media_player.kitchen"
HALL = "media_player.hall"
BEDSIDE = "assist_satellite.bedside"
# What the action tells of a target that has heard all of it.
PLAYED = {"result": "played", "fetched": True, "waited_ms": ANY}


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to the request for a sound."""

    status: int
    audio: bytes

    @property
    def pcm(self) -> bytes:
        """Return the samples of a WAV."""
        return self.audio[HEADER_LENGTH:]


class Listener(Entity):
    """What players and satellites of these tests have in common."""

    _attr_should_poll = False
    _attr_supported_features: MediaPlayerEntityFeature | assist_satellite.AssistSatelliteEntityFeature

    def __init__(self, entity_id: str, *, is_available: bool = True, can_play: bool = True) -> None:
        """Begin with nothing heard."""
        self.entity_id = entity_id
        self._attr_unique_id = self._attr_name = entity_id
        self._attr_available = is_available
        if not can_play:
            self._attr_supported_features = type(self._attr_supported_features)(0)
        self.orders: list[dict[str, Any]] = []
        self.heard: list[Heard] = []
        self.failure: BaseException | None = None
        self.has_heard = asyncio.Event()
        # While it is not set, whatever was heard does not come to its end.
        self.released = asyncio.Event()
        self.released.set()

    @property
    def last(self) -> Heard:
        """Return what was heard last."""
        return self.heard[-1]

    async def hear(self, order: dict[str, Any], media_id: str) -> None:
        """Take an order, and fetch its sound to the end."""
        self.orders.append(order)
        if self.failure is not None:
            raise self.failure
        if media_source.is_media_source_id(media_id):
            media_id = (await media_source.async_resolve_media(self.hass, media_id, self.entity_id)).url
        url = async_process_play_media_url(self.hass, media_id)
        async with async_get_clientsession(self.hass).get(url) as response:
            audio = bytearray()
            try:
                async for data in response.content.iter_any():
                    audio += data
            except aiohttp.ClientPayloadError:
                audio += b"broken off"
            self.heard.append(Heard(response.status, bytes(audio)))
        self.has_heard.set()
        await self.released.wait()


class Player(Listener, MediaPlayerEntity):
    """A media player."""

    _attr_state = MediaPlayerState.IDLE
    _attr_supported_features = MediaPlayerEntityFeature.PLAY_MEDIA | MediaPlayerEntityFeature.MEDIA_ANNOUNCE

    @override
    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Play, and return at the end."""
        self.show(MediaPlayerState.PLAYING)
        try:
            await self.hear({"media_type": media_type, **kwargs}, media_id)
        finally:
            self.show(MediaPlayerState.IDLE)

    def show(self, state: MediaPlayerState) -> None:
        """Be in a state."""
        self._attr_state = state
        self.async_write_ha_state()


class Satellite(Listener, assist_satellite.AssistSatelliteEntity):
    """A voice satellite with a display."""

    _attr_supported_features = assist_satellite.AssistSatelliteEntityFeature.ANNOUNCE

    @override
    async def async_announce(self, announcement: assist_satellite.AssistSatelliteAnnouncement) -> None:
        """Play, and return at the end."""
        shown = {"message": announcement.message, "preannounce": announcement.preannounce_media_id is not None}
        await self.hear(shown, announcement.media_id)

    @override
    def async_get_configuration(self) -> assist_satellite.AssistSatelliteConfiguration:
        """Return nothing to configure."""
        return assist_satellite.AssistSatelliteConfiguration([], [], 0)

    @override
    async def async_set_configuration(self, config: assist_satellite.AssistSatelliteConfiguration) -> None:
        """Change nothing."""

    def choose_by(self, select: str) -> None:
        """Let an entity choose the pipeline."""
        self._attr_pipeline_entity_id = select

    @override
    def on_pipeline_event(self, event: object) -> None:
        """Ask nothing."""


class House:
    """The rooms of a home, and who listens in them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with an empty house."""
        self.hass = hass
        self._entry = MockConfigEntry(domain="loudspeaker")
        self._entry.add_to_hass(hass)

    async def add[Kind: Listener](self, listener: Kind, *, device: str | None = None, **registered: Any) -> Kind:
        """Add a listener, to a device if one is named, with changes of its registry entry such as its area."""
        is_satellite = isinstance(listener, Satellite)
        component = self.hass.data[SATELLITES] if is_satellite else self.hass.data[PLAYERS]
        await component.async_add_entities([listener])
        if device is not None:
            registered["device_id"] = self.device(device)
        er.async_get(self.hass).async_update_entity(listener.entity_id, **registered)
        await self.hass.async_block_till_done()
        return listener

    def device(self, name: str, **changes: Any) -> str:
        """Return the id of a device, which is made if it is new, with changes such as its area."""
        registry = dr.async_get(self.hass)
        made = registry.async_get_or_create(
            config_entry_id=self._entry.entry_id, identifiers={("loudspeaker", name)}, name=name
        )
        if changes:
            registry.async_update_device(made.id, **changes)
        return made.id


async def open_house(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> House:
    """Return an empty house, whose listeners will reach Home Assistant over HTTP."""
    for domain in ("homeassistant", "media_source", "media_player", "assist_satellite"):
        assert await async_setup_component(hass, domain, {})
    client = await hass_client()
    await hass.config.async_update(internal_url=str(client.make_url("/")))
    return House(hass)


async def announce(hass: HomeAssistant, *targets: str, context: Context | None = None, **data: Any) -> dict[str, Any]:
    """Announce a message as WAV, to entities if they are named; returns what the action tells."""
    named = {"entity_id": list(targets)} if targets else {}
    words = {} if {"message", "dialogue"} & data.keys() else {"message": TEXT}
    told = await hass.services.async_call(
        DOMAIN,
        "announce",
        {"format": "wav", **words, **named, **data},
        blocking=True,
        context=context,
        return_response=True,
    )
    assert told is not None
    return dict(told)


def announce_later(hass: HomeAssistant, *targets: str, **how: Any) -> asyncio.Task[dict[str, Any]]:
    """Announce without waiting for it."""
    return asyncio.create_task(announce(hass, *targets, **how))


async def speak(hass: HomeAssistant, *players: str, message: str = TEXT) -> None:
    """Speak with Home Assistant's own action, as WAV."""
    data = {
        "entity_id": ENTITY,
        "media_player_entity_id": list(players),
        "message": message,
        "options": WAV,
    }
    await hass.services.async_call("tts", "speak", data, blocking=True)


async def settled() -> None:
    """Let everything go on that waits for nothing from outside."""
    for _ in range(100):
        await asyncio.sleep(0)
