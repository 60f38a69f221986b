"""Makes the images of the integration from the drawing in docs/brand; scripts/brand runs it."""  # noqa: INP001  a program

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
import re
from typing import Final
from xml.etree import ElementTree as ET

from PIL import Image
from PIL.PngImagePlugin import PngInfo
import resvg_py  # type: ignore[import-not-found]  # of an environment of its own

ROOT: Final = Path(__file__).parents[2]
DRAWING: Final = ROOT / "docs" / "brand" / "kugelaudio.svg"
IMAGES: Final = ROOT / "custom_components" / "kugelaudio" / "brand"
SVG: Final = "http://www.w3.org/2000/svg"
HEIGHTS_PX: Final[Mapping[str, int]] = {"icon": 256, "logo": 128}
SCALES: Final[Mapping[str, int]] = {"": 1, "@2x": 2}


def view(drawing: str, name: str) -> str:
    """Return the drawing cut to one of its views."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(drawing)  # noqa: S314  our own drawing
    (found,) = root.iterfind(f"{{{SVG}}}view[@id='{name}']")
    for length in ("width", "height"):
        del root.attrib[length]
    root.set("viewBox", found.attrib["viewBox"])
    return ET.tostring(root, encoding="unicode")


def dark_rules(drawing: str) -> str:
    """Return what the drawing changes on dark pages; the renderer knows no media queries."""
    found = re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", drawing, re.DOTALL)
    if not found:
        raise ValueError("The drawing has no rules for dark pages.")
    return found[1]


def png(svg: str, height_px: int, rules: str | None) -> Image.Image:
    """Return a drawing as pixels."""
    rendered = resvg_py.svg_to_bytes(svg_string=svg, height=height_px, style_sheet=rules, skip_system_fonts=True)
    return Image.open(BytesIO(bytes(rendered)))


def main() -> None:
    """Write all images; each tells of which drawing it was made."""
    drawing = DRAWING.read_text(encoding="utf-8")
    source = PngInfo()
    source.add_text("Source", sha256(drawing.encode()).hexdigest())
    IMAGES.mkdir(exist_ok=True)
    for prefix, rules in {"": None, "dark_": dark_rules(drawing)}.items():
        for name, height_px in HEIGHTS_PX.items():
            for suffix, scale in SCALES.items():
                path = IMAGES / f"{prefix}{name}{suffix}.png"
                image = png(view(drawing, name), height_px * scale, rules)
                image.save(path, optimize=True, pnginfo=source)
                print(f"{path.relative_to(ROOT)}: {image.width}x{image.height}, {path.stat().st_size} bytes")  # noqa: T201  its output


if __name__ == "__main__":
    main()
