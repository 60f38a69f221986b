"""A simulator of the KugelAudio cloud on loopback.

    async with Simulator(sound="tone") as simulator:
        simulator.url, simulator.key
        simulator.faults.add(Fault.CLOSE, code=1012, after_frames=2)
        simulator.journal.received("/ws/tts/stream")

``faults`` lists the faults and their parameters; ``profile`` the timings and switches.
"""

from .errors import Failure
from .faults import Fault
from .journal import HttpCall, Journal, Received, Sent, Socket
from .keys import KeyKind
from .profile import REALISTIC, ErrorStyle, HandshakeRefusal, Profile
from .server import Simulator
from .tone import tone_pcm, tone_samples

__all__ = [
    "REALISTIC",
    "ErrorStyle",
    "Failure",
    "Fault",
    "HandshakeRefusal",
    "HttpCall",
    "Journal",
    "KeyKind",
    "Profile",
    "Received",
    "Sent",
    "Simulator",
    "Socket",
    "tone_pcm",
    "tone_samples",
]
