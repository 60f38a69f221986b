"""What a template writes where it has no value."""

import re
from typing import Final

_TEMPLATE: Final = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{\{")
_UNIT: Final = (
    r"[ \t\u00a0\u202f]?(?:[°%€$£℃℉]"
    r"|(?:[kMG]?Wh?|km|km/h|hPa|lx|ppm|dB|degrees?|Grad|Prozent|percent|degrés?|grad[io])\b)"
)
# Verbs and prepositions in front of a value.
_BEFORE_VALUE: Final = r"(?:[:=]|\b(?:is|are|was|at|to|ist|sind|auf|bei|est|è|es|está|är|er|jest|je|op))"
# "None of the lights", "No. None.", "an unknown caller" are sentences.
_NONE: Final = re.compile(rf"(?<=[^\s.!?] )None\b(?! of\b)|\bNone(?={_UNIT})")
_STATE: Final = re.compile(
    rf"{_BEFORE_VALUE} (?P<last>unknown|unavailable)\b(?! \w)|\b(?P<measured>unknown|unavailable)(?={_UNIT})"
)
_WHOLE: Final = frozenset({"None", "unknown", "unavailable"})
_MARKS_AROUND: Final = " \t\n.!?\"'*_`"
TEMPLATE: Final = "{{ … }}"


def failed_template(text: str) -> str | None:
    """Return what a template that failed has left in a message: `None`, `unknown`, `unavailable` or `{{ … }}`.

    It is the whole message, or stands in it like a value: behind a colon or a verb at the end of a sentence, or in
    front of a unit. None if there is nothing of that.
    """
    if (whole := text.strip(_MARKS_AROUND)) in _WHOLE:
        return whole
    if _TEMPLATE.search(text):
        return TEMPLATE
    if _NONE.search(text):
        return "None"
    state = _STATE.search(text)
    return (state["last"] or state["measured"]) if state else None
