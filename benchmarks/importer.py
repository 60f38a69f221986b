"""Prints how many seconds an integration's modules take to import, after everything that Home Assistant has anyway.

python -m benchmarks.importer MODULE…
"""

from importlib import import_module
import sys
import time

PRESENT = (
    "homeassistant.bootstrap",
    "homeassistant.components.assist_pipeline",
    "homeassistant.components.diagnostics",
    "homeassistant.components.media_source",
    "homeassistant.components.repairs",
    "homeassistant.components.tts",
    "homeassistant.helpers.aiohttp_client",
    "homeassistant.helpers.selector",
)

if __name__ == "__main__":
    for name in PRESENT:
        import_module(name)
    started = time.perf_counter()
    for name in sys.argv[1:]:
        import_module(name)
    print(time.perf_counter() - started)  # noqa: T201 - the result
