"""Finding voices for people."""

import pytest

from custom_components.kugelaudio.api.models import Model, Voice
from custom_components.kugelaudio.voices.catalogue import (
    Catalogue,
    choice,
    sorted_for_people,
    unmistakable,
)

PUBLIC = Voice(id="11", name="Berta", handle="berta-b", languages=("de",))
OTHER = Voice(id="12", name="anton", handle="anton-a", languages=("de", "no"))
MINE = Voice(id="13", name="Zoe", languages=("no",), is_own=True)
ANY = Voice(id="14", name="Mute")
CATALOGUE = Catalogue((PUBLIC, OTHER, MINE, ANY), (Model(id="kugel-3.5", name="Kugel 3.5"),))


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


@pytest.mark.parametrize("named", ["Berta (11)", "berta (11)", "An earlier name (11)", "Berta (once more) (berta-b)"])
def test_voice_is_found_by_the_id_behind_its_name(named: str) -> None:
    """Assistants store both, and names change."""
    assert CATALOGUE.find_voice(named) is PUBLIC


@pytest.mark.parametrize("named", ["Berta (99)", "Berta ()", "Berta (11) x", "(()())"])
def test_what_stands_in_brackets_has_to_be_an_id(named: str) -> None:
    """And nothing follows it."""
    assert CATALOGUE.find_voice(named) is None


def test_what_names_one_voice_only() -> None:
    """Also where a voice has no name but its id."""
    assert unmistakable(PUBLIC) == choice(PUBLIC) == "Berta (11)"
    nameless = Voice(id="15", name="15")
    assert (unmistakable(nameless), choice(nameless)) == ("15 (15)", "15")
    assert Catalogue((nameless,), ()).find_voice("15 (15)") is nameless


@pytest.mark.parametrize(
    ("length", "longest"), [(2000, 2000), (10_000, 10_000), (50_000, 10_000), (0, 10_000), (-1, 10_000)]
)
def test_models_limit_texts(length: int, longest: int) -> None:
    """Never beyond what the server takes at all; a limit that is none does not count."""
    catalogue = Catalogue((), (Model(id="small", name="Small", max_input_length=length),))
    assert catalogue.max_characters("small") == longest
    assert catalogue.max_characters("other") == 10_000


@pytest.mark.parametrize(
    ("model", "is_there"), [("kugel-3.5", True), ("kugel-2.5", True), ("kugel-1", True), ("kugel-9", False)]
)
def test_older_models_are_there_though_they_are_not_listed(model: str, *, is_there: bool) -> None:
    """A request that is refused has another reason."""
    assert CATALOGUE.has_model(model) is is_there
