"""Languages as people and programs write them."""

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.api.models import LANGUAGES
from custom_components.kugelaudio.voices.language_tags import (
    LANGUAGE_TAGS,
    SUPPORTED_LANGUAGES,
    nearest_language,
    server_language,
    supported_language,
)

UNDERSTOOD = [
    ("de", "de"),
    ("de-DE", "de"),
    ("de_DE", "de"),
    ("de-CH-1996", "de"),
    ("DE", "de"),
    (" de ", "de"),
    ("de_AT.UTF-8", "de"),
    ("EN", "en"),
    ("en-US", "en"),
    ("es-419", "es"),
    ("pt-BR", "pt"),
    ("nb-NO", "no"),
    ("nn_no", "no"),
    ("no-NO", "no"),
    ("False", "no"),
    ("sr-Latn", "sr"),
    ("sr-Latn-RS", "sr"),
    ("iw", "he"),
    ("iw-IL", "he"),
    ("in-ID", "id"),
    ("zh-CN", "zh"),
    ("zh-TW", "zh"),
    ("zh-Hans", "zh"),
    ("zh-Hant", "zh"),
    ("zh-Hant-TW", "zh"),
    ("cmn-Hans-CN", "zh"),
    ("zh-HK", "yue"),
    ("zh_hk", "yue"),
    ("zh-Hant-HK", "yue"),
    ("zh-yue", "yue"),
    ("zh-MO", "yue"),
    ("zh-Hans-HK", "zh"),
    ("yue-Hant-HK", "yue"),
]
UNKNOWN = ["xx", "gsw", "is-IS", "true", "", "-", "None", "deu", "d", "*", "klingon"]


def test_provider_languages_and_written_norwegian_are_supported() -> None:
    """Forty-one base codes, each once and in order."""
    assert len(set(SUPPORTED_LANGUAGES)) == 41
    assert sorted({*LANGUAGES, "nb", "nn"}) == SUPPORTED_LANGUAGES


@pytest.mark.parametrize(("tag", "code"), UNDERSTOOD)
def test_server_hears_of_its_own_codes_only(tag: str, code: str) -> None:
    """Regions, scripts, old codes and any letters are understood; Chinese of Hong Kong is Cantonese."""
    assert server_language(tag) == code
    assert tag in LANGUAGE_TAGS


@pytest.mark.parametrize("tag", UNKNOWN)
def test_other_languages_are_not_spoken(tag: str) -> None:
    """Nothing is guessed."""
    assert server_language(tag) is None
    assert tag not in LANGUAGE_TAGS


def test_only_texts_are_languages() -> None:
    """Home Assistant may ask with anything."""
    asked: list[object] = [None, 7, ["de"]]
    assert not [tag for tag in asked if tag in LANGUAGE_TAGS]


@pytest.mark.parametrize("tag", LANGUAGE_TAGS)
def test_every_listed_tag_is_a_language_of_the_server(tag: str) -> None:
    """No code reaches the server that it would refuse."""
    assert server_language(tag) in LANGUAGES


@pytest.mark.parametrize(
    ("tag", "language"), [("nb-NO", "nb"), ("NN", "nn"), ("no", "no"), ("zh-HK", "yue"), ("x", None)]
)
def test_both_written_forms_of_norwegian_are_told_apart(tag: str, language: str | None) -> None:
    """As Home Assistant does."""
    assert supported_language(tag) == language


@pytest.mark.parametrize(("tag", "language"), [("de-CH", "de"), ("nb-NO", "nb"), ("gsw", "en"), ("", "en")])
def test_nearest_language_of_a_tag(tag: str, language: str) -> None:
    """English stands in for what is not supported."""
    assert nearest_language(tag) == language


@given(st.text())
def test_any_tag_has_a_supported_language(tag: str) -> None:
    """Whatever Home Assistant's language is, the form has a valid proposal."""
    assert nearest_language(tag) in SUPPORTED_LANGUAGES
