"""The fault matrix: what every fault makes of every way to speak. Tests and docs/reliability.md read it from here.

One row for each fault: its name, the code of its error, and a cell for each way of `_WRITTEN`. Cells:
`whole` (all was heard), `again` (all was heard after a second try), `by REST` (the same, over REST), `none KEY`
(HTTP 500), `none+1 KEY` (HTTP 500 after a second try), `part KEY` (the speech breaks off), `-` (no such fault there),
`"` (as on the left). A code behind a colon is the cell's own. Where another engine may speak, it does so in place of
what is none.
"""

from dataclasses import replace
from typing import Final

from .cells import AS_ON_THE_LEFT, NOT_HERE, Cell, Heard, Way
from .plans import BEFORE, CONNECTING, END, ENDINGS, MIDDLE

type Row = dict[Way, Cell]

_WRITTEN: Final = (Way.WHOLE, Way.CONVERTED, Way.GROWING, Way.REST, Way.DIALOGUE)
_HELPS_NOBODY: Final = {"text_too_long"}
# Another engine speaks before there was time for a second try.
_TOO_LATE: Final = {
    name: Cell(Heard.INSTEAD, "timed_out", "CONNECT_TIMED_OUT") for name in ("no answer", "no answer, lasting")
}

_NETWORKS: Final = """
connection refused                 | CANNOT_CONNECT | none+1 cannot_connect  | " | " | " | "
name not found in DNS              | NAME_NOT_FOUND | none+1 name_not_found  | " | " | " | "
certificate that nobody vouches for | TLS_FAILED    | none untrusted_server  | " | " | " | "
"""
_CONNECTING: Final = """
no answer                        | TIMED_OUT            | again                     | " | "     | none timed_out                         | again
no answer, lasting               | CONNECT_TIMED_OUT    | none+1 timed_out          | " | "     | none timed_out:TIMED_OUT               | none+1 timed_out
dropped                          | CANNOT_CONNECT       | again                     | " | "     | "                                      | "
dropped, lasting                 | CANNOT_CONNECT       | none+1 cannot_connect     | " | "     | none+1 connection_lost:CONNECTION_LOST | none+1 cannot_connect
HTTP 302 to a login page         | REDIRECTED           | by REST                   | " | whole | none redirected                        | by REST
HTTP 200, a login page           | NOT_KUGELAUDIO       | by REST                   | " | whole | none not_kugelaudio                    | by REST
HTTP 400                         | VALIDATION_ERROR     | by REST                   | " | whole | none request_refused                   | by REST
HTTP 401                         | UNAUTHORIZED         | whole                     | " | "     | none invalid_key                       | whole
HTTP 402                         | INSUFFICIENT_CREDITS | none insufficient_credits | " | "     | "                                      | "
HTTP 403                         | UNAUTHORIZED         | whole                     | " | "     | none no_permission                     | whole
HTTP 404, HTML                   | NOT_KUGELAUDIO       | by REST                   | " | whole | none not_kugelaudio                    | by REST
HTTP 429, Retry-After 0          | RATE_LIMITED         | again                     | " | "     | "                                      | "
HTTP 429, Retry-After 0, lasting | TOO_MANY_CONNECTIONS | none+1 rate_limited       | " | "     | none+1 rate_limited:RATE_LIMITED       | none+1 rate_limited
HTTP 429, Retry-After 60         | TOO_MANY_CONNECTIONS | none rate_limited         | " | "     | none rate_limited:RATE_LIMITED         | none rate_limited
HTTP 500                         | INTERNAL_ERROR       | again                     | " | "     | "                                      | "
HTTP 500, lasting                | INTERNAL_ERROR       | none+1 server_error       | " | "     | "                                      | "
HTTP 502, HTML                   | INTERNAL_ERROR       | again                     | " | "     | "                                      | "
HTTP 502, HTML, lasting          | INTERNAL_ERROR       | none+1 server_error       | " | "     | "                                      | "
HTTP 503                         | MODEL_UNAVAILABLE    | again                     | " | "     | "                                      | "
HTTP 503, lasting                | MODEL_UNAVAILABLE    | none+1 out_of_service     | " | "     | "                                      | "
accepted, then closed with 1000  | CONNECTION_LOST      | again                     | " | "     | -                                      | again
accepted, then closed with 1011  | INTERNAL_ERROR       | again                     | " | "     | -                                      | again
accepted, then closed with 1012  | SERVER_RESTARTING    | again                     | " | "     | -                                      | again
accepted, then closed with 1013  | SERVER_RESTARTING    | again                     | " | "     | -                                      | again
accepted, then closed with 4000  | INTERNAL_ERROR       | again                     | " | "     | -                                      | again
accepted, then closed with 4001  | UNAUTHORIZED         | by REST                   | " | whole | -                                      | by REST
accepted, then closed with 4003  | INSUFFICIENT_CREDITS | none insufficient_credits | " | "     | -                                      | none insufficient_credits
accepted, then closed with 4029  | RATE_LIMITED         | again                     | " | "     | -                                      | again
accepted, then closed with 4500  | MODEL_UNAVAILABLE    | again                     | " | "     | -                                      | again
accepted, then 1013, lasting     | SERVER_RESTARTING    | none+1 out_of_service     | " | "     | -                                      | none+1 out_of_service
accepted, error frame, then 4001 | UNAUTHORIZED         | by REST                   | " | whole | -                                      | by REST
"""  # noqa: E501 - a table is read across
_BEFORE_AUDIO: Final = """
connection dropped (1006)              | CONNECTION_LOST        | again                     | " | " | " | "
closed with 1000                       | CONNECTION_LOST        | again                     | " | " | - | again
closed with 1011                       | INTERNAL_ERROR         | again                     | " | " | - | again
closed with 1012                       | SERVER_RESTARTING      | again                     | " | " | - | again
closed with 1013                       | SERVER_RESTARTING      | again                     | " | " | - | again
closed with 4000                       | INTERNAL_ERROR         | again                     | " | " | - | again
closed with 4001                       | UNAUTHORIZED           | none invalid_key          | " | " | - | none invalid_key
closed with 4003                       | INSUFFICIENT_CREDITS   | none insufficient_credits | " | " | - | none insufficient_credits
closed with 4029                       | RATE_LIMITED           | again                     | " | " | - | again
closed with 4500                       | MODEL_UNAVAILABLE      | again                     | " | " | - | again
error frame 500                        | INTERNAL_ERROR         | again                     | " | " | " | "
error frame 503                        | MODEL_UNAVAILABLE      | again                     | " | " | " | "
error frame 401                        | UNAUTHORIZED           | none invalid_key          | " | " | " | "
error frame 402, then closed with 4003 | INSUFFICIENT_CREDITS   | none insufficient_credits | " | " | - | none insufficient_credits
error frame 500 of the older shape     | INTERNAL_ERROR         | again                     | " | " | " | "
error frame of the whole socket        | INTERNAL_ERROR         | again                     | " | " | - | again
silence                                | SERVER_SILENT          | none server_silent        | " | " | " | "
text that is no JSON                   | INVALID_JSON           | none protocol_error       | " | " | - | none protocol_error
JSON that is no object                 | INVALID_JSON           | none protocol_error       | " | " | - | none protocol_error
binary frame                           | BINARY_FRAME           | none protocol_error       | " | " | - | none protocol_error
frame of an unknown kind               | -                      | whole                     | " | " | - | whole
wrong types                            | INVALID_BASE64         | none protocol_error       | " | " | - | none protocol_error
audio that is no base64                | INVALID_BASE64         | none protocol_error       | " | " | - | none protocol_error
odd number of bytes                    | ODD_BYTE_COUNT         | part connection_lost      | " | " | " | "
another sample rate                    | UNEXPECTED_SAMPLE_RATE | none protocol_error       | " | " | " | "
half of a JSON object                  | INVALID_JSON           | none protocol_error       | " | " | - | none protocol_error
frame of 8 MB                          | CONNECTION_LOST        | again                     | " | " | - | again
one byte at a time                     | -                      | whole                     | " | " | " | "
connection dropped, lasting            | CONNECTION_LOST        | none+1 connection_lost    | " | " | " | "
closed with 1011, lasting              | INTERNAL_ERROR         | none+1 server_error       | " | " | - | none+1 server_error
error frame 500, lasting               | INTERNAL_ERROR         | none+1 server_error       | " | " | " | "
error frame 503, lasting               | MODEL_UNAVAILABLE      | none+1 out_of_service     | " | " | " | "
silence, lasting                       | SERVER_SILENT          | none server_silent        | " | " | " | "
error frame 400                        | VALIDATION_ERROR       | none request_refused      | " | " | " | "
error frame 400, no voice              | MISSING_VOICE_ID       | none voice_not_found      | " | " | " | "
error frame 400 of the older shape     | INVALID_REQUEST        | none request_refused      | " | " | " | "
error frame 401 of the older shape     | UNAUTHORIZED           | none invalid_key          | " | " | " | "
error frame 402                        | INSUFFICIENT_CREDITS   | none insufficient_credits | " | " | " | "
error frame 403                        | PERMISSION_DENIED      | none no_permission        | " | " | " | "
error frame 403 that names the key     | UNAUTHORIZED           | none no_permission        | " | " | " | "
error frame 404                        | NOT_FOUND              | none voice_not_found      | " | " | " | "
error frame 413                        | VALIDATION_ERROR       | none text_too_long        | " | " | " | "
error frame 422                        | VALIDATION_ERROR       | none request_refused      | " | " | " | "
error frame 429, at once               | RATE_LIMITED           | again                     | " | " | " | "
error frame 429, in 60 s               | RATE_LIMITED           | none rate_limited         | " | " | " | again
error frame 429 of the older shape     | RATE_LIMITED           | again                     | " | " | " | "
error frame 500, no audio made         | EMPTY_AUDIO            | again                     | " | " | " | "
error frame 502                        | INTERNAL_ERROR         | again                     | " | " | " | "
first audio 400 ms late                | -                      | whole                     | " | " | " | "
"""  # noqa: E501 - a table is read across
_IN_THE_MIDDLE: Final = """
connection dropped (1006)              | CONNECTION_LOST        | part connection_lost      | " | " | "                   | "
closed with 1000                       | CONNECTION_LOST        | part connection_lost      | " | " | -                   | part connection_lost
closed with 1011                       | INTERNAL_ERROR         | part server_error         | " | " | -                   | part server_error
closed with 1012                       | SERVER_RESTARTING      | part out_of_service       | " | " | -                   | part out_of_service
closed with 1013                       | SERVER_RESTARTING      | part out_of_service       | " | " | -                   | part out_of_service
closed with 4000                       | INTERNAL_ERROR         | part server_error         | " | " | -                   | part server_error
closed with 4001                       | UNAUTHORIZED           | part invalid_key          | " | " | -                   | part invalid_key
closed with 4003                       | INSUFFICIENT_CREDITS   | part insufficient_credits | " | " | -                   | part insufficient_credits
closed with 4029                       | RATE_LIMITED           | part rate_limited         | " | " | -                   | part rate_limited
closed with 4500                       | MODEL_UNAVAILABLE      | part out_of_service       | " | " | -                   | part out_of_service
error frame 500                        | INTERNAL_ERROR         | part server_error         | " | " | -                   | part server_error
error frame 503                        | MODEL_UNAVAILABLE      | part out_of_service       | " | " | -                   | part out_of_service
error frame 401                        | UNAUTHORIZED           | part invalid_key          | " | " | -                   | part invalid_key
error frame 402, then closed with 4003 | INSUFFICIENT_CREDITS   | part insufficient_credits | " | " | -                   | part insufficient_credits
error frame 500 of the older shape     | INTERNAL_ERROR         | part server_error         | " | " | -                   | part server_error
error frame of the whole socket        | INTERNAL_ERROR         | part server_error         | " | " | -                   | part server_error
silence                                | SERVER_SILENT          | part server_silent        | " | " | "                   | "
text that is no JSON                   | INVALID_JSON           | part protocol_error       | " | " | -                   | part protocol_error
JSON that is no object                 | INVALID_JSON           | part protocol_error       | " | " | -                   | part protocol_error
binary frame                           | BINARY_FRAME           | part protocol_error       | " | " | -                   | part protocol_error
frame of an unknown kind               | -                      | whole                     | " | " | -                   | whole
wrong types                            | INVALID_BASE64         | part protocol_error       | " | " | -                   | part protocol_error
audio that is no base64                | INVALID_BASE64         | part protocol_error       | " | " | -                   | part protocol_error
odd number of bytes                    | ODD_BYTE_COUNT         | part connection_lost      | " | " | "                   | "
another sample rate                    | UNEXPECTED_SAMPLE_RATE | part protocol_error       | " | " | none protocol_error | part protocol_error
half of a JSON object                  | INVALID_JSON           | part protocol_error       | " | " | -                   | part protocol_error
frame of 8 MB                          | CONNECTION_LOST        | part connection_lost      | " | " | -                   | part connection_lost
one byte at a time                     | -                      | whole                     | " | " | "                   | "
"""  # noqa: E501 - a table is read across
_BEFORE_THE_END: Final = """
connection dropped (1006)              | CONNECTION_LOST      | part connection_lost      | " | " | " | "
closed with 1000                       | CONNECTION_LOST      | part connection_lost      | " | " | - | part connection_lost
closed with 1011                       | INTERNAL_ERROR       | part server_error         | " | " | - | part server_error
closed with 1012                       | SERVER_RESTARTING    | part out_of_service       | " | " | - | part out_of_service
closed with 1013                       | SERVER_RESTARTING    | part out_of_service       | " | " | - | part out_of_service
closed with 4000                       | INTERNAL_ERROR       | part server_error         | " | " | - | part server_error
closed with 4001                       | UNAUTHORIZED         | part invalid_key          | " | " | - | part invalid_key
closed with 4003                       | INSUFFICIENT_CREDITS | part insufficient_credits | " | " | - | part insufficient_credits
closed with 4029                       | RATE_LIMITED         | part rate_limited         | " | " | - | part rate_limited
closed with 4500                       | MODEL_UNAVAILABLE    | part out_of_service       | " | " | - | part out_of_service
error frame 500                        | INTERNAL_ERROR       | part server_error         | " | " | - | part server_error
error frame 503                        | MODEL_UNAVAILABLE    | part out_of_service       | " | " | - | part out_of_service
error frame 401                        | UNAUTHORIZED         | part invalid_key          | " | " | - | part invalid_key
error frame 402, then closed with 4003 | INSUFFICIENT_CREDITS | part insufficient_credits | " | " | - | part insufficient_credits
error frame 500 of the older shape     | INTERNAL_ERROR       | part server_error         | " | " | - | part server_error
error frame of the whole socket        | INTERNAL_ERROR       | part server_error         | " | " | - | part server_error
silence                                | SERVER_SILENT        | part server_silent        | " | " | " | "
text that is no JSON                   | INVALID_JSON         | part protocol_error       | " | " | - | part protocol_error
JSON that is no object                 | INVALID_JSON         | part protocol_error       | " | " | - | part protocol_error
binary frame                           | BINARY_FRAME         | part protocol_error       | " | " | - | part protocol_error
frame of an unknown kind               | -                    | whole                     | " | " | - | whole
wrong types                            | -                    | whole                     | " | " | - | whole
"""  # noqa: E501 - a table is read across
_ENDINGS: Final = """
no audio at all                     | EMPTY_AUDIO   | again                | "     | " | " | "
no audio at all, lasting            | EMPTY_AUDIO   | none+1 no_audio      | "     | " | " | "
last frames missing                 | TRUNCATED     | part connection_lost | "     | " | - | -
no final                            | SERVER_SILENT | part server_silent   | whole | " | - | whole
no session_closed                   | SERVER_SILENT | whole                | "     | " | - | part server_silent
no usage                            | -             | whole                | "     | " | - | whole
two session_closed                  | -             | whole                | "     | " | - | whole
audio frames with nothing but audio | -             | whole                | "     | " | - | whole
unknown keys in all frames          | -             | whole                | "     | " | - | whole
"""


def _rows(table: str) -> dict[str, Row]:
    """Return what the lines of a table say."""
    return dict(_row(line) for line in table.strip().splitlines())


def _row(line: str) -> tuple[str, Row]:
    """Return the name of a fault, and its cells."""
    name, code, *words = (part.strip() for part in line.split(" | "))
    for column, word in enumerate(words):
        if word == AS_ON_THE_LEFT:
            words[column] = words[column - 1]
    row = {way: Cell.from_word(word, code) for way, word in zip(_WRITTEN, words, strict=True) if word != NOT_HERE}
    # What is made in the process takes the way of what is passed on as it comes.
    return name, row | {Way.MP3: row[Way.WHOLE], Way.FALLBACK: _with_fallback(name, row[Way.WHOLE])}


def _with_fallback(name: str, cell: Cell) -> Cell:
    """Return what becomes of a whole text where another engine may speak."""
    if name in _TOO_LATE:
        return _TOO_LATE[name]
    helps = cell.heard is Heard.NONE and cell.key not in _HELPS_NOBODY
    return replace(cell, heard=Heard.INSTEAD) if helps else cell


NETWORKS: Final = "networks"
MATRIX: Final[dict[str, dict[str, Row]]] = {
    NETWORKS: _rows(_NETWORKS),
    CONNECTING: _rows(_CONNECTING),
    BEFORE: _rows(_BEFORE_AUDIO),
    MIDDLE: _rows(_IN_THE_MIDDLE),
    END: _rows(_BEFORE_THE_END),
    ENDINGS: _rows(_ENDINGS),
}
