"""A pipeline run with the audio that a satellite asks for: the frontend's own command knows no format."""

from typing import Any, Final

from homeassistant.components.assist_pipeline.models import PipelineEvent, PipelineStage
from homeassistant.components.assist_pipeline.pipeline import PipelineInput, PipelineRun, async_get_pipeline
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.core import HomeAssistant
from homeassistant.helpers import chat_session
import probatio

AUDIO: Final = {
    "preferred_format": "wav",
    "preferred_sample_rate": 16000,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}


@websocket_command(
    {
        probatio.Required("type"): "benchmark_engines/ask",
        probatio.Required("pipeline"): str,
        probatio.Required("text"): str,
    }
)
@async_response
async def ask(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Run a pipeline from the agent to the speech, and tell its events."""
    connection.send_result(msg["id"])

    def tell(event: PipelineEvent) -> None:
        connection.send_event(msg["id"], event)

    with chat_session.async_get_chat_session(
        hass,
        None,
        context=None,  # type: ignore[call-arg]  # new in 2026.11
    ) as session:
        run = PipelineRun(
            hass,
            context=connection.context(msg),
            pipeline=async_get_pipeline(hass, msg["pipeline"]),
            start_stage=PipelineStage.INTENT,
            end_stage=PipelineStage.TTS,
            event_callback=tell,
            tts_audio_output=AUDIO,
        )
        await PipelineInput(session=session, run=run, intent_input=msg["text"]).execute(validate=True)
