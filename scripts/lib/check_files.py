"""Checks the form of JSON files and the links between documents; scripts/lint runs it, with or without --fix."""  # noqa: INP001  a program

from collections import Counter
from collections.abc import Iterator
import json
from pathlib import Path
import re
import sys
from urllib.parse import unquote

ROOT = Path(__file__).parents[2]
KEPT = {".ci", ".github"}  # every other folder whose name begins with a dot belongs to this machine
LINK = re.compile(r"""(?:\]\(<?|\b(?:src|href|srcset)=["'])([^)>"'\s]+)""")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
FENCE = r"^( *)(```|~~~).*?^\1\2 *$"
BLOCK = re.compile(FENCE, re.MULTILINE | re.DOTALL)
CODE = re.compile(FENCE + r"|(`+)(?!`)(?:(?!\n\n).)*?\3", re.MULTILINE | re.DOTALL)
ANCHOR = re.compile(r"""<a (?:id|name)=["']([^"']+)""")


def files(ending: str) -> Iterator[Path]:
    """Return the files of the repository with this ending."""
    for folder, folders, names in ROOT.walk():
        folders[:] = sorted(name for name in folders if not name.startswith(".") or name in KEPT)
        yield from (folder / name for name in sorted(names) if name.endswith(ending))


def formatted(text: str) -> str:
    """Return JSON in its form: two blanks per level, letters as they are read, a newline at the end."""
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def unformatted(*, fix: bool) -> Iterator[str]:
    """Return the JSON files that are not in their form, which --fix gives them."""
    for path in files(".json"):
        text = path.read_text(encoding="utf-8")
        wanted = formatted(text)
        if text != wanted and fix:
            path.write_text(wanted, encoding="utf-8")
        elif text != wanted:
            yield f"{path.relative_to(ROOT)}: not formatted; scripts/lint --fix does it"


def anchors(text: str) -> set[str]:
    """Return the anchors of a document, named as GitHub names them."""
    text = BLOCK.sub("", text)
    found = set(ANCHOR.findall(text))
    seen: Counter[str] = Counter()
    for heading in HEADING.findall(text):
        words = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def broken_links() -> Iterator[str]:
    """Return the links between documents that lead nowhere."""
    for path in files(".md"):
        text = CODE.sub("", path.read_text(encoding="utf-8"))
        for link in LINK.findall(text):
            place, _, anchor = unquote(link).partition("#")
            if re.match(r"[a-z][a-z0-9+.-]*:", place):
                continue
            target = (path.parent / place if place else path).resolve()
            if not target.exists() or not target.is_relative_to(ROOT):
                yield f"{path.relative_to(ROOT)}: {link}: there is no such file"
            elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
                yield f"{path.relative_to(ROOT)}: {link}: there is no such heading"


def main() -> None:
    """Tell what is wrong, and end with 1 if anything is."""
    found = [*unformatted(fix="--fix" in sys.argv), *broken_links()]
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
