"""What a form says of a failure, where it says it, and in which section."""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import CONF_API_KEY, CONF_REGION, CONF_URL

from ..api.endpoint import region_of
from ..api.errors import KugelAudioError
from ..exceptions import flow_error

# The cloud has no address that the user could mend: what is said of it instead.
_OF_THE_CLOUD: Final = {
    "cannot_connect": "cannot_connect_cloud",
    "name_not_found": "name_not_found_cloud",
    "not_kugelaudio": "not_kugelaudio_cloud",
    "redirected": "not_kugelaudio_cloud",
    "untrusted_server": "untrusted_server_cloud",
}
_FIELDS: Final = {
    "invalid_key": CONF_API_KEY,
    "no_permission": CONF_API_KEY,
    "wrong_region": CONF_REGION,
    "invalid_url": CONF_URL,
    **dict.fromkeys(_OF_THE_CLOUD, CONF_URL),
}
# Where the form has no field for the address: what is to be done elsewhere.
_WITHOUT_FIELD: Final = {"redirected": "redirected_account"}


class FormError(Exception):
    """What is wrong with the form of a voice that was filled in."""

    def __init__(self, field: str, word: str, *, is_section: bool = False, **placeholders: str) -> None:
        """Keep the field or section at which it is shown, the key of its text, and what that text names.

        A section may be out of sight, so the top of the form points to it.
        """
        super().__init__(word)
        self.field = field
        self.shown = {field: word, **({"base": "look_below"} if is_section else {})}
        self.placeholders = placeholders


def server_error(error: KugelAudioError, url: str) -> str:
    """Return what a form says of the error of a server with this URL."""
    word = flow_error(error)
    return word if region_of(url) == "custom" else _OF_THE_CLOUD.get(word, word)


def at_its_field(word: str | None, fields: Mapping[object, object]) -> dict[str, str]:
    """Return an error as a form shows it: at the field that it is about, on top where the form has no such field."""
    if word is None:
        return {}
    field = _FIELDS.get(word)
    return {field: word} if field in fields and field else {"base": _WITHOUT_FIELD.get(word, word)}
