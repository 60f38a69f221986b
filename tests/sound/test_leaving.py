"""Encoders that are dropped leave nothing behind, even where nobody collects garbage."""

import subprocess
import sys

PROGRAM = """
import gc, os, sys, types

gc.disable()
# The integration itself would import Home Assistant, which takes long.
package = types.ModuleType("custom_components.kugelaudio")
package.__path__ = ["custom_components/kugelaudio"]
sys.modules[package.__name__] = package
from tests.sound.listening import RATE, body, encoder, speech

FORMATS = (("mp3", RATE, 1), ("mp3", 48_000, 2), ("flac", 48_000, 1), ("wav", 16_000, 1), ("au", RATE, 1))

def utterances(count):
    for number in range(count):
        made = encoder(*FORMATS[number % len(FORMATS)])
        if number % 3 == 0:
            body(made, [speech()[:9_600]])
        elif number % 3 == 1:
            made.feed(speech()[:4_800])
        else:
            try:
                made.feed(None)
            except TypeError:
                pass

def counted():
    with open("/proc/self/statm") as file:
        return len(os.listdir("/proc/self/task")), len(gc.get_objects()), int(file.read().split()[1]) * 4

utterances(100)
before = counted()
utterances(int(sys.argv[1]))
print(*(after - earlier for after, earlier in zip(counted(), before)))
"""
UTTERANCES = 600


def test_thousands_of_utterances_leave_nothing() -> None:
    """Finished, abandoned and failed ones: no thread, no object, no memory."""
    command = [sys.executable, "-c", PROGRAM, str(UTTERANCES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  our words
    threads, objects, kib = map(int, done.stdout.split())
    assert threads == 0
    assert objects < UTTERANCES / 10
    assert kib < UTTERANCES
