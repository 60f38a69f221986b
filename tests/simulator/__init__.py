"""A simulator of the KugelAudio cloud on loopback.

    async with Simulator(sound="tone", plan=TIERS[1]) as simulator:
        simulator.url, simulator.key
        simulator.faults.add(Fault.CLOSE, code=1012, after_frames=2)
        simulator.journal.received("/ws/tts/stream")
        simulator.plan = replace(TIERS[2], tells_retry_after=False)
        simulator.meter.account(simulator.key).peak_generations
        simulator.profile = SEEDS

``faults`` lists the faults and their parameters; ``profile`` the timings and switches, and the
provider as its oldest documents tell it (``SEEDS``); ``plans`` the limits of its tiers, and ``meter``
how they are measured.
"""

from .errors import Failure
from .faults import Fault
from .journal import HttpCall, Journal, Received, Sent, Socket
from .keys import KeyKind
from .plans import TIERS, UNLIMITED, Plan, Refusal
from .profile import REALISTIC, SEEDS, SEEDS_BOTH_KEYS, Envelope, ErrorStyle, HandshakeRefusal, Profile
from .server import Simulator
from .tone import tone_pcm, tone_samples

__all__ = [
    "REALISTIC",
    "SEEDS",
    "SEEDS_BOTH_KEYS",
    "TIERS",
    "UNLIMITED",
    "Envelope",
    "ErrorStyle",
    "Failure",
    "Fault",
    "HandshakeRefusal",
    "HttpCall",
    "Journal",
    "KeyKind",
    "Plan",
    "Profile",
    "Received",
    "Refusal",
    "Sent",
    "Simulator",
    "Socket",
    "tone_pcm",
    "tone_samples",
]
