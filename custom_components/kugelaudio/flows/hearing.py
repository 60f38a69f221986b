"""Where somebody hears the voice that was just set up."""

from typing import Final
from urllib.parse import quote

from ..const import DOMAIN

# An account has no id yet while its form is open.
ANY_ACCOUNT: Final = "any"


def hearing_url(language: str, account: str = ANY_ACCOUNT) -> str:
    """Return the page of the media browser on which the voices of a language say a sentence, one click each."""
    source = f"media-source://{DOMAIN}"
    folders = (f"app,{source}", f",{source}/{account}/{language}?text=")
    return "/".join(("/media-browser/browser", *(quote(folder, safe="") for folder in folders)))
