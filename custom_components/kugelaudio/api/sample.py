"""The provider's sample of a voice: where it is heard, and what it is."""

from typing import Final

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout
from yarl import URL

from .error_mapping import error_from_connecting
from .errors import ConnectionLostError, TimedOutError

_TIMEOUT: Final = ClientTimeout(total=10.0, connect=5.0)
_NO_SOUND: Final = 300
# Stores of files deliver what they were not told the type of as a stream of bytes.
_SIGNATURES: Final = {
    b"RIFF": "audio/wav",
    b"fLaC": "audio/flac",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf2": "audio/mpeg",
}
_SIGNATURE_BYTES: Final = max(map(len, _SIGNATURES))


async def sample_type(session: ClientSession, url: str) -> str | None:
    """Return the MIME type of what is at a sample's URL, None where nothing is to be heard.

    Such a URL is signed, for GET alone: the first bytes are asked for, without the account's key. A redirect is not
    followed.
    """
    try:
        address = URL(url, encoded=True)
    except ValueError:
        return None
    if address.scheme not in {"http", "https"}:
        return None
    first_bytes = {"Range": f"bytes=0-{_SIGNATURE_BYTES - 1}"}
    try:
        async with session.get(address, headers=first_bytes, timeout=_TIMEOUT, allow_redirects=False) as response:
            if response.status >= _NO_SOUND:
                return None
            if response.content_type.startswith("audio/"):
                return response.content_type
            begin = await response.content.read(_SIGNATURE_BYTES)
    # No cause is kept: aiohttp's errors hold the URL.
    except TimeoutError:
        raise TimedOutError from None
    except ClientConnectorError as err:
        raise error_from_connecting(err) from None
    except ClientError:
        raise ConnectionLostError from None
    return next((mime_type for signature, mime_type in _SIGNATURES.items() if begin.startswith(signature)), None)
