"""Finding voices for people."""

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.api.models import LANGUAGES, Model, Voice
from custom_components.kugelaudio.voices.catalogue import (
    SUPPORTED_LANGUAGES,
    Catalogue,
    nearest_language,
    server_language,
    sorted_for_people,
)

PUBLIC = Voice(id="11", name="Berta", handle="berta-b", languages=("de",))
OTHER = Voice(id="12", name="anton", handle="anton-a", languages=("de", "no"))
MINE = Voice(id="13", name="Zoe", languages=("no",), is_own=True)
ANY = Voice(id="14", name="Mute")
CATALOGUE = Catalogue((PUBLIC, OTHER, MINE, ANY), (Model(id="kugel-3.5", name="Kugel 3.5"),))


def test_provider_languages_and_written_norwegian_are_supported() -> None:
    """Forty-one base codes, each once and in order."""
    assert len(set(SUPPORTED_LANGUAGES)) == 41
    assert sorted({*LANGUAGES, "nb", "nn"}) == SUPPORTED_LANGUAGES


@pytest.mark.parametrize(("language", "code"), [("nb", "no"), ("nn", "no"), ("no", "no"), ("de", "de"), ("yue", "yue")])
def test_server_hears_of_its_own_codes_only(language: str, code: str) -> None:
    """Both written forms of Norwegian are one spoken language."""
    assert server_language(language) == code


@pytest.mark.parametrize("language", SUPPORTED_LANGUAGES)
def test_every_supported_language_is_one_of_the_server(language: str) -> None:
    """No code reaches the server that it would refuse."""
    assert server_language(language) in LANGUAGES


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("DE_at", "de"),
        ("pt-BR", "pt"),
        ("zh-Hans-CN", "zh"),
        ("nb-NO", "nb"),
        ("no", "no"),
        ("gsw", "en"),
        ("", "en"),
        ("-", "en"),
    ],
)
def test_nearest_language_of_a_tag(tag: str, language: str) -> None:
    """The region does not matter; English stands in for what is not supported."""
    assert nearest_language(tag) == language


@given(st.text())
def test_any_tag_has_a_supported_language(tag: str) -> None:
    """Whatever Home Assistant's language is, the form has a valid proposal."""
    assert nearest_language(tag) in SUPPORTED_LANGUAGES


@pytest.mark.parametrize(
    ("language", "voices"),
    [
        ("de", [OTHER, PUBLIC, ANY]),
        ("no", [MINE, OTHER, ANY]),
        ("nb", [MINE, OTHER, ANY]),
        ("fr", [ANY]),
    ],
)
def test_voices_of_a_language_come_in_the_order_for_people(language: str, voices: list[Voice]) -> None:
    """Own voices first, then by name whatever its case; a voice that lists no language speaks any."""
    order = sorted_for_people(voices)
    assert CATALOGUE.voices_for(language) == order
    assert set(CATALOGUE.voices_for(language)) == set(voices)


def test_order_for_people() -> None:
    """Own ones first, then by name, then by id where names are the same."""
    twin = Voice(id="10", name="Berta", languages=("de",))
    assert sorted_for_people([PUBLIC, OTHER, MINE, ANY, twin]) == [MINE, OTHER, twin, PUBLIC, ANY]


@pytest.mark.parametrize("named", ["11", " 11 ", "berta-b", "BERTA-B", "berta", "  Berta"])
def test_voice_is_found_by_id_handle_or_name(named: str) -> None:
    """Case and blanks around it do not matter."""
    assert CATALOGUE.find_voice(named) is PUBLIC


@pytest.mark.parametrize("named", ["", " ", "1", "ber", "None", "berta b"])
def test_voice_is_found_by_the_whole_name_only(named: str) -> None:
    """A part of a name is no name, and the absence of a handle is none either."""
    assert CATALOGUE.find_voice(named) is None
