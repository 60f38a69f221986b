"""Whether a key that is refused belongs to the servers of another region."""

from ..api.client import KugelAudioClient
from ..api.endpoint import other_url
from ..api.errors import AuthenticationError, KugelAudioError, WrongRegionError


async def explained_by_region(error: AuthenticationError, client: KugelAudioClient) -> KugelAudioError:
    """Ask the other region once; returns WrongRegionError if it accepts the key, else the error as it came."""
    if (url := other_url(client.url)) is None:
        return error
    try:
        await client.at(url).check_key()
    except KugelAudioError:
        return error
    return WrongRegionError(status=error.status, request_id=error.request_id)
