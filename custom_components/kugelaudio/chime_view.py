"""The chimes of the project as files that players can load, for the media browser."""

import io
from typing import Final
import wave

from aiohttp import web
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from .api.models import NATIVE_SAMPLE_RATE
from .api.pcm import BYTES_PER_SAMPLE
from .const import DOMAIN
from .sound.chimes import CHIMES, chime_pcm

CHIME_TYPE: Final = "audio/wav"


def chime_url(name: str) -> str:
    """Return where a chime is; Home Assistant signs it for players."""
    return f"/api/{DOMAIN}/chimes/{name}.wav"


class ChimeView(HomeAssistantView):
    """Each chime by its name."""

    url = chime_url("{name}")
    name = f"api:{DOMAIN}:chimes"

    async def get(self, request: web.Request, name: str) -> web.Response:
        """Return a chime as a WAV."""
        if name not in CHIMES:
            raise web.HTTPNotFound
        file = await request.app[KEY_HASS].async_add_executor_job(_chime_file, name)
        return web.Response(body=file, content_type=CHIME_TYPE)


def _chime_file(name: str) -> bytes:
    """Return a chime as a file whose length players can tell; too slow for the event loop."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(BYTES_PER_SAMPLE)
        writer.setframerate(NATIVE_SAMPLE_RATE)
        writer.writeframes(chime_pcm(name, NATIVE_SAMPLE_RATE))
    return file.getvalue()
