"""The encoders of an account's listeners: made in threads, and known beforehand where they can be."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from ..api.models import NATIVE_SAMPLE_RATE
from ..sound.encoder import AudioFormat, Encoder, container_for, encoder_for, formats_made_here, is_at_hand
from ..sound.encoding import few_at_once
from ..voices.wanted_format import WAV, WantedFormat


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one listener gets what is spoken: by which encoder, what that makes, and whether it is what is wanted."""

    encoder: Encoder
    name: str
    is_exact: bool


class Encoders:
    """Makes encoders. What this machine lacks for one of them is left to Home Assistant's converter."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing known."""
        self._hass = hass
        self._known: dict[tuple[AudioFormat, int], bool] = {}
        self._made_here: frozenset[str] | None = None
        self.in_thread = few_at_once(hass.async_add_executor_job)

    async def prepare(self) -> None:
        """Import what encoders need, so that the first utterance does not have to."""
        self._made_here = await self._hass.async_add_executor_job(formats_made_here, NATIVE_SAMPLE_RATE)

    def is_converted(self, name: str) -> bool:
        """Tell whether Home Assistant has to convert to a format, as far as that is known by now."""
        return self._made_here is not None and name not in {WAV, *self._made_here}

    async def can_make(self, wanted: WantedFormat) -> bool:
        """Tell whether Home Assistant has nothing to convert; an unusual shape shows only when its encoder is made."""
        exact, rate = wanted.exact, wanted.server_rate
        if exact is None:
            return wanted.container(rate) == wanted.name
        if is_at_hand(exact, rate):
            return True
        if self._made_here is None:
            await self.prepare()
        return self._known.get((exact, rate), not self.is_converted(exact.name))

    async def delivery(self, wanted: WantedFormat, sample_rate: int) -> Delivery:
        """Return how PCM of a rate becomes what is wanted, or what Home Assistant can make it of."""
        exact = wanted.exact
        if exact is not None and (encoder := await self._encoder(exact, sample_rate)) is not None:
            return Delivery(encoder, exact.name, is_exact=True)
        name = wanted.container(sample_rate)
        return Delivery(container_for(name, sample_rate), name, is_exact=False)

    async def _encoder(self, wanted: AudioFormat, sample_rate: int) -> Encoder | None:
        if is_at_hand(wanted, sample_rate):
            return encoder_for(wanted, sample_rate)
        made = await self._hass.async_add_executor_job(encoder_for, wanted, sample_rate)
        self._known[wanted, sample_rate] = made is not None
        return made
