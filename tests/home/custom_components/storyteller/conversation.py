"""The agent: its input is a script in JSON, a list of what to say and, as numbers, how many seconds to pause."""

import asyncio
from collections.abc import AsyncGenerator
import json
from typing import Literal, override

from homeassistant.components.conversation import (
    AssistantContentDeltaDict,
    ChatLog,
    ConversationEntity,
    ConversationInput,
    ConversationResult,
    async_get_result_from_chat_log,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

FAIL = "!fail"


async def async_setup_entry(
    _hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the agent."""
    async_add_entities([Storyteller(entry)])


class Storyteller(ConversationEntity):
    """Streams its script as a language model streams its answer."""

    _attr_name = "Storyteller"
    _attr_supports_streaming = True

    def __init__(self, entry: ConfigEntry) -> None:
        """Take the entry's id."""
        self._attr_unique_id = entry.entry_id

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Understand every language."""
        return "*"

    @override
    async def _async_handle_message(self, user_input: ConversationInput, chat_log: ChatLog) -> ConversationResult:
        """Say the script."""
        async for _ in chat_log.async_add_delta_content_stream(self.entity_id, _text(user_input.text)):
            pass
        return async_get_result_from_chat_log(user_input, chat_log)


async def _text(text: str) -> AsyncGenerator[AssistantContentDeltaDict]:
    """Yield the deltas of a script."""
    yield {"role": "assistant"}
    for part in json.loads(text):
        if isinstance(part, int | float):
            await asyncio.sleep(part)
        elif part == FAIL:
            raise RuntimeError("The script ends in a failure")
        else:
            yield {"content": part}
