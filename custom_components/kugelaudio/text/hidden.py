"""What a model writes for machines: its thoughts, calls of tools, the tokens of its template."""

# ruff: noqa: RUF001 - these characters are what is looked for

import re
from typing import Final

from .reading import Reading

_THOUGHTS: Final = (
    "think|thinking|thoughts?|reasoning|reasoning_content|reflection|search_quality_reflection|scratchpad"
    "|(?:inner|internal)_(?:monologue|thoughts?)|antthinking|chain_of_thought|analysis"
)
_CALLS: Final = (
    "tool_?calls?|tool_use|tool_code|tool_response|tool_results?|tool_outputs?|tools|function|functions|function_calls?"
    "|function_response|function_results?|invoke|available_tools"
)
_NAMESPACE: Final = r"(?:[A-Za-z]{1,10}:)?"
# What begins with one token, and with what it ends; new models bring new rows.
_SPANS: Final[dict[str, str]] = {
    "[INST]": r"\[/INST\]",
    "[THINK]": r"\[/THINK\]",
    "[TOOL_CALLS]": r"</s>|\n",
    "[AVAILABLE_TOOLS]": r"\[/AVAILABLE_TOOLS\]",
    "[TOOL_RESULTS]": r"\[/TOOL_RESULTS\]",
    "[SYSTEM_PROMPT]": r"\[/SYSTEM_PROMPT\]",
    "<<SYS>>": r"<</SYS>>",
    "◁think▷": r"◁/think▷",
    "<start_of_turn>": r"\n",
    "<|im_start|>": r"\n",
    "<|start|>": r"(?=<\|(?:channel|message)\|>)|\n",
    "<|start_header_id|>": r"<\|end_header_id\|>",
    "<|header_start|>": r"<\|header_end\|>",
    "<|start_of_role|>": r"<\|end_of_role\|>",
    "<|python_tag|>": r"<\|eo[mt]_id\|>",
    "<|think|>": r"<\|/think\|>",
    "<|thinking|>": r"<\|/thinking\|>",
    "<|channel>": r"<channel\|>",
    "<|turn>": r"\n",
    "<|tool_call>": r"<tool_call\|>",
    "<|tool_response>": r"<tool_response\|>",
    "<unused94>": "<unused95>",
    "<grok:render ": "</grok:render>",
    "<|begin_of_thought|>": r"<\|end_of_thought\|>",
    "<|START_THINKING|>": r"<\|END_THINKING\|>",
    "<|START_ACTION|>": r"<\|END_ACTION\|>",
    "<|tool_call|>": r"<\|/tool_call\|>|\n",
    "<|tool_call_start|>": r"<\|tool_call_end\|>",
    "<|tool_call_begin|>": r"<\|tool_call_end\|>",
    "<|tool_calls_section_begin|>": r"<\|tool_calls_section_end\|>",
    "<｜tool▁calls▁begin｜>": "<｜tool▁calls▁end｜>",
    "<｜tool▁call▁begin｜>": "<｜tool▁call▁end｜>",
    "<｜tool▁outputs▁begin｜>": "<｜tool▁outputs▁end｜>",
}
# A channel that is not the answer, with whom it is for and how it is written.
_CHANNEL: Final = r"<\|channel\|>[ ]?(?:analysis|commentary)"
_CHANNEL_END: Final = r"<\|(?:end|return|call)\|>|(?=<\|(?:start|channel)\|>)"

OPENING: Final = re.compile(
    rf"<{_NAMESPACE}(?i:(?P<thoughts>{_THOUGHTS})|(?P<call>{_CALLS}))(?:[\s=][^<>\n]{{0,30}})?(?<!/)>"
    rf"|(?P<channel>{_CHANNEL})|(?P<token>{'|'.join(map(re.escape, _SPANS))})"
)
UNFINISHED_OPENING: Final = re.compile(
    rf"<(?:[A-Za-z_:]{{0,28}}|unused\d{{0,2}}|{_NAMESPACE}(?i:{_THOUGHTS}|{_CALLS})[\s=][^<>\n]{{0,30}}"
    r"|\|[^|<>\n]{0,28}\|?|｜[^｜<>\n]{0,28}｜?|<(?:S(?:Y(?:S>?)?)?)?"
    r"|\|channel\|>[ ]?[a-z]{0,12}[ ]?(?:<(?:\|[a-z]{0,7}\|?)?)?)"
    r"|\[[A-Z_]{0,16}|◁[a-z]{0,5}"
)
_TOKEN: Final = re.compile(
    r"<\|channel\|>[ ]?[a-z]{1,12}[ ]?<\|message\|>|<\|[^|<>\n]{1,28}\|>|<｜[^｜<>\n]{1,28}｜>"
    r"|<(?:turn|channel|tool_call|tool_response)\|>|</?(?:bos|eos|pad|unk|sop|eop)>|<end_of_turn>"
    r"|</?co:[ ]?[\d,]{1,12}>"
    r"|\[/(?:INST|THINK|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|<</SYS>>|◁/think▷"
)
_UNFINISHED_TOKEN: Final = re.compile(
    r"<(?:\|(?:[^|<>\n]{0,28}\|?|channel\|>[^<\n]{0,14}(?:<(?:\|[a-z]{0,7}\|?)?)?)|｜[^｜<>\n]{0,28}｜?|[a-z_]{0,13}\|?|/?[a-z_]{0,12}"
    r"|/?co:[ ]?[\d,]{0,12}"
    r"|<(?:/(?:S(?:Y(?:S>?)?)?)?)?)|\[/[A-Z_]{0,15}|\[|◁(?:/[a-z]{0,5})?"
)
_LONGEST_END: Final = 42
_POSSIBLE_END: Final = re.compile(r"(?:<{1,2}|[\[◁])[^<\[◁]{0,40}\Z")


def end_of(opening: re.Match[str]) -> re.Pattern[str]:
    """Return with what ends that which an opening begins."""
    if token := opening["token"]:
        return re.compile(_SPANS[token])
    if opening["channel"]:
        return re.compile(_CHANNEL_END)
    return re.compile(rf"</{_NAMESPACE}(?i:{_THOUGHTS if opening['thoughts'] else re.escape(opening['call'])})\s?>")


def length_of_possible_end(text: str) -> int:
    """Return how many of the last characters can be a part of an end."""
    found = _POSSIBLE_END.search(text, max(len(text) - _LONGEST_END, 0))
    return len(found[0]) if found else 0


class Hidden:
    """Leaves out what is not meant for people, with what is in it, however long that is."""

    def __init__(self, reading: Reading) -> None:
        """Begin outside of it."""
        self._reading = reading
        self._text = reading.text
        self._end = OPENING

    def takes(self) -> bool:
        """Take the beginning of something hidden, or a token that means nothing to people."""
        if opening := self._text.match(OPENING, UNFINISHED_OPENING):
            self._end = end_of(opening)
            self._reading.reader = self._read
        else:
            opening = self._text.match(_TOKEN, _UNFINISHED_TOKEN)
        if opening is None:
            return False
        self._reading.skip(len(opening[0]))
        return True

    def _read(self) -> None:
        """Leave out what is there, up to the end."""
        end = self._text.search(self._end)
        if end is not None:
            self._reading.reader = None
            self._reading.skip(end)
            return
        self._text.take_but(length_of_possible_end(self._text.tail(_LONGEST_END)))
