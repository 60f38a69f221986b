"""A second opinion on how loud sound is: that of ffmpeg, which knows nothing of ours."""

import re
import shutil
import subprocess

FFMPEG = shutil.which("ffmpeg")


def measured(pcm: bytes, sample_rate: int) -> tuple[float, float]:
    """Return the integrated loudness in LUFS and the true peak in dB."""
    assert FFMPEG
    source = ("-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", "pipe:0")
    command = [FFMPEG, "-hide_banner", "-nostats", *source, "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, input=pcm, capture_output=True, check=True).stderr.decode()  # noqa: S603 - ffmpeg
    loudness_lufs, peak_db = (float(re.findall(rf"{name}:\s+(-?[\d.]+)", told)[-1]) for name in ("I", "Peak"))
    return loudness_lufs, peak_db
