"""What Home Assistant answers to a player that asks for speech."""

from dataclasses import dataclass

from .listening import SHORT_TEXT
from .stage import FORMATS, Stage


@dataclass(frozen=True, slots=True)
class Answered:
    """The headers that matter to players."""

    form: str
    content_type: str
    head: str
    length: str
    ranges: str


async def measure(stage: Stage) -> list[Answered]:
    """Ask for each format."""
    return [await _ask(stage, form) for form in FORMATS]


async def _ask(stage: Stage, form: str) -> Answered:
    session = stage.home.session
    request = {"engine_id": stage.voice, "message": SHORT_TEXT, "options": {"preferred_format": form}}
    url = (await stage.home.post("/api/tts_get_url", request))["url"]
    async with session.head(url) as response:
        head = f"{response.status}, {response.content_type}"
    async with session.get(url, headers={"Range": "bytes=1000-"}) as response:
        await response.read()
        return Answered(
            form,
            response.content_type,
            head,
            response.headers.get("Content-Length", "not told"),
            "sent" if response.status == 206 else "ignored",  # noqa: PLR2004 - partial content
        )
