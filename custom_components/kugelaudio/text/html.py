"""What is known of the tags of HTML and SSML."""

from typing import Final


def _names(row: str) -> frozenset[str]:
    return frozenset(row.split())


CELLS: Final = frozenset({"td", "th"})
LINES: Final = _names(
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol optgroup "
    "option output p paragraph pre section select sentence summary table tbody tfoot thead title tr ul"
)
WORDS: Final = _names(
    "a abbr acronym answer area assistant audio b base bdi bdo big button canvas cite code col colgroup "
    "data datalist del dfn em emphasis final font head i iframe img input ins kbd label lang link mark "
    "message meta meter noscript object param parse phoneme picture progress q reply response result ruby "
    "rp rt s samp say say-as small source span speak speech strike strong sub sup text textarea time "
    "token track tt u var video voice w wbr"
)
BOOLEAN_ATTRIBUTES: Final = (
    "open|hidden|disabled|checked|selected|controls|autoplay|loop|muted|required|readonly|multiple|reversed|async|defer"
    "|default|inert|ismap|itemscope|nomodule|novalidate|nowrap|autofocus|allowfullscreen|playsinline|compact|noshade"
)
STRUCK: Final = frozenset({"s", "del", "strike"})
UNHEARD: Final = frozenset({"script", "style", "svg", "template"})
# Of SSML's kinds of what is to be said, those that the server knows as spelling.
SPELLED: Final = frozenset({"characters", "character", "spell-out", "spell", "verbatim", "letters", "digits"})
