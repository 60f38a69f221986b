"""Asks where the simulated providers are."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import probatio

SCHEMA = probatio.Schema({probatio.Required(name): str for name in ("url", "api_key", "elevenlabs_url")})


class BenchmarkEnginesConfigFlow(ConfigFlow, domain="benchmark_engines"):
    """One form."""

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take over the addresses."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=SCHEMA)
        return self.async_create_entry(title="Engines", data=user_input)
