"""What begins a line: units behind a sign, characters in front of list items, lines that only draw something."""

# ruff: noqa: RUF001 - these characters are what is looked for

import re
from typing import Final

# In front of these a lonely minus is one; in front of pieces, lengths, weights and times it lists.
_NEGATIVE_UNITS: Final = "°C °F ° ºC K % ‰ dB dBm € $ £ ¥ EUR USD CHF kr zł kWh kW MW Wh W mV V mA A hPa mbar ℃ ℉"
_OTHER_UNITS: Final = (
    "km/h m/s mph km cm mm m kg g mg t l ml L mL dl µg/m³ mg/m³ m² m³ ms s min h Hz kHz MHz GHz kB MB GB TB Mbit/s"
    " Mbps MBit/s kn bar Pa ppm ppb lx lm Wh l/min"
)


def _value(units: str, marks: str) -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(units.split(), key=len, reverse=True)))
    return re.compile(rf"[{marks}][ \t]+\d+(?:[.,]\d+)?[ \t\u00a0\u202f]?(?:{names})(?![^\W_])")


DASHES: Final = "-–−"
_NEGATIVE: Final = _value(_NEGATIVE_UNITS, DASHES)
_SIGNED: Final = _value(f"{_NEGATIVE_UNITS} {_OTHER_UNITS}", "+>")
SIGNED_VALUE: Final[dict[str, re.Pattern[str]]] = {
    **dict.fromkeys(DASHES, _NEGATIVE),
    **dict.fromkeys("+>", _SIGNED),
}
UNFINISHED_VALUE: Final = re.compile(r"[-–−+>][ \t]+(?:\d[\d.,]*[ \t\u00a0\u202f]?[^\s\d]{0,6})?")

# In front of items, with a blank behind them; the second ones need none.
BULLETS: Final = "-*+–—·∙"
ROUND_BULLETS: Final = "•●▪◦‣○■□▫⁃▸►▹➢➤⮞◆◇❖◉◎・･"

BOXES: Final = "\u2500-\u259f\u23af\u25ac"
_DASHES: Final = re.compile(r"[-|:+ \t]*")
RULES: Final[dict[str, re.Pattern[str]]] = {
    **dict.fromkeys("-|+", _DASHES),
    "=": re.compile(r"[= \t]*"),
    "*": re.compile(r"[* \t]*"),
    "_": re.compile(r"[_ \t]*"),
    **dict.fromkeys("–—", re.compile(r"[-–—_ \t]*")),
    **dict.fromkeys("•·∙", re.compile(r"[•·∙ \t]*")),
}
BOX_RULE: Final = re.compile(rf"[{BOXES} \t+|-]*")
IS_BOX: Final = re.compile(f"[{BOXES}]")
# How many characters a rule of each has at least; one dash or sign of equality already underlines a heading.
FEWEST_IN_RULE: Final[dict[str, int]] = dict.fromkeys("*_–—•·∙", 3)
