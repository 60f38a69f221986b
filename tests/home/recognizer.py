"""Which of some sentences was spoken: CMU Sphinx, with a grammar that knows nothing else."""

from collections.abc import Sequence
import re

from pocketsphinx import Decoder, get_model_path  # type: ignore[import-untyped]  # it carries no annotations

SAMPLE_RATE = 16000
# With the usual beams a synthetic voice is often lost before the end of its sentence.
BEAMS = dict.fromkeys(("beam", "pbeam", "wbeam"), 1e-200)


def recognized(pcm: bytes, sentences: Sequence[str]) -> str | None:
    """Return the English sentence that was spoken, out of these; the PCM has 16 kHz, 16 bit and one channel."""
    decoder = Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=get_model_path("en-us/cmudict-en-us.dict"),
        lm=None,
        samprate=SAMPLE_RATE,
        bestpath=False,
        loglevel="FATAL",
        **BEAMS,
    )
    words = {bare(sentence): sentence for sentence in sentences}
    decoder.add_jsgf_string("sentences", f"#JSGF V1.0;\ngrammar sentences;\npublic <sentence> = {' | '.join(words)};\n")
    decoder.activate_search("sentences")
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return words[hypothesis.hypstr] if hypothesis else None


def bare(sentence: str) -> str:
    """Return the words of a sentence as the dictionary spells them."""
    return re.sub(r"[^a-z' ]", "", sentence.casefold())
