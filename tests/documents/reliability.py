"""docs/reliability.md: the fault matrix."""

from typing import Final

from tests.faults.cells import Cell, Heard, Way
from tests.faults.circumstances import FAULTS, Circumstance, foreseen
from tests.faults.plans import BEFORE, CONNECTING, END, ENDINGS, MIDDLE
from tests.faults.table import MATRIX, NETWORKS, Row

_TITLES: Final = {
    NETWORKS: "Networks that let nothing through",
    CONNECTING: "While connecting",
    BEFORE: "Before the first audio",
    MIDDLE: "In the middle",
    END: "After the audio, before the end frame",
    ENDINGS: "Endings and other versions of the server",
}
_TOLD: Final = {Heard.PART: "breaks off", Heard.NONE: "HTTP 500", Heard.INSTEAD: "another engine"}


def page() -> str:
    """Return the whole page."""
    faults = sum(len(rows) for rows in MATRIX.values())
    cells = sum(len(row) for rows in MATRIX.values() for row in rows.values())
    tables = "\n".join(_table(title, MATRIX[section]) for section, title in _TITLES.items())
    return f"""\
# Reliability

<!-- Written by `python -m tests.documents`. Changes belong into tests/documents/ and tests/faults/. -->

What is heard when something goes wrong: {faults} faults in {len(Way)} ways to speak, {cells} cells. Each cell is tested
(`tests/test_faults.py`) with a simulator of KugelAudio at the far end of a real socket. Home Assistant is asked for
the speech as players and assistants ask it.

For every cell it is proven, too, that

- the next utterance works at the first try, within five seconds after the fault,
- no task and no socket stays but the one that is kept for the next utterance,
- nothing of what was heard in part is kept by Home Assistant.

Without a fault all is heard at the first try, also where the server keeps to the provider's oldest documents.

Further tests: networks that are slow, cut or swallow everything (`tests/test_network.py`), listeners who leave in the
middle, an account that is reloaded in the middle (the speech breaks off, connection_lost (CLIENT_CLOSED), and the next
one is whole), and that neither key nor text gets into logs, errors, issues, states or diagnostics. What two thousand
utterances with random faults leave behind: [soak.md](soak.md).

## How to read it

| cell | means |
|---|---|
| spoken whole | The listener notices nothing. |
| spoken after a retry | All is heard, a little later. |
| spoken over REST | All is heard: WebSockets do not get through, so REST is used, for ten minutes. |
| HTTP 500, *key* | Nothing is heard, the player gets an error, and Home Assistant's log says why. |
| another engine, *key* | All is heard, in the voice of the engine that was chosen as the fallback. |
| breaks off, *key* | A part is heard, then an error ends the speech. What was heard is never taken for the whole. |
| - | There is no such fault in this way. |

The keys are explained in [errors.md](errors.md); what is set in capitals is the code that the log names. The fault
strikes once, unless it is called lasting.

{tables}
{_circumstances()}"""


def _circumstances() -> str:
    """Return what some faults do under circumstances that are not those of the matrix."""
    head = ["fault", *Circumstance]
    lines = [
        *("## Under other circumstances", ""),
        "One fault of each kind. A first turn that was heard stays heard: what would be an HTTP 500 breaks off there.",
        "Who comes late gets all that was made meanwhile, or an error where that is not all. Who never reads on is",
        "given up after 30 s.",
        "",
        *(f"| {' | '.join(head)} |", "|---" * len(head) + "|"),
    ]
    for section, fault in FAULTS:
        cells = [_told(foreseen(circumstance, section, fault)) for circumstance in Circumstance]
        where = _TITLES[section][0].lower() + _TITLES[section][1:]
        lines.append(f"| {' | '.join([f'{where}: {fault}', *cells])} |")
    return "\n".join([*lines, ""])


def _table(title: str, rows: dict[str, Row]) -> str:
    """Return a part of the matrix."""
    head = ["fault", *Way]
    lines = [f"## {title}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, row in rows.items():
        cells = [_told(row[way]) if way in row else "-" for way in Way]
        lines.append(f"| {' | '.join([name, *cells])} |")
    return "\n".join([*lines, ""])


def _told(cell: Cell) -> str:
    """Return a cell in words."""
    if cell.heard is Heard.WHOLE:
        return "spoken over REST" if cell.by_rest else "spoken after a retry" if cell.retries else "spoken whole"
    told = _TOLD[cell.heard]
    again = " after a retry" if cell.retries else ""
    return f"{told}{again}, {cell.key} ({cell.code})"
