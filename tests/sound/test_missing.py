"""Without PyAV or numpy, which Home Assistant only has where something else needs them."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from custom_components.kugelaudio.sound import mp3
from custom_components.kugelaudio.sound.encoder import AudioFormat, encoder_for

from .listening import RATE

PROGRAM = f"""
import importlib.abc, sys, types

# The integration itself would import Home Assistant, which takes long.
package = types.ModuleType("custom_components.kugelaudio")
package.__path__ = ["custom_components/kugelaudio"]
sys.modules[package.__name__] = package

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in sys.argv[1:]:
            raise ImportError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
from custom_components.kugelaudio.sound.encoder import AudioFormat, encoder_for, formats_made_here

assert not {{"av", "numpy"}} & {{name for name, module in sys.modules.items() if module}}, "imported too early"
names = ("mp3", "flac", "wav", "au")
print(*(name for name in names if encoder_for(AudioFormat(name=name, sample_rate={RATE}), {RATE})))
print(*sorted(formats_made_here({RATE})))
"""


@pytest.mark.parametrize(
    ("missing", "native", "everywhere"),
    [
        ((), "mp3 flac wav au", "au flac mp3 wav"),
        (("av",), "flac wav au", "au flac wav"),
        (("numpy",), "mp3 wav au", ""),
        (("av", "numpy"), "wav au", ""),
    ],
    ids=["nothing", "av", "numpy", "both"],
)
def test_what_is_left_is_made(missing: tuple[str, ...], native: str, everywhere: str) -> None:
    """The rest is None, for Home Assistant to convert; nothing is imported before it is asked for."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *missing], capture_output=True, text=True, check=False)  # noqa: S603  our words
    assert done.stderr == ""
    assert done.stdout == f"{native}\n{everywhere}\n"


def test_another_pyav_may_lack_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant brings along the one that it wants."""
    monkeypatch.setattr(mp3, "CodecContext", SimpleNamespace(create=lambda *_: SimpleNamespace()))
    assert encoder_for(AudioFormat(name="mp3", sample_rate=RATE), RATE) is None
