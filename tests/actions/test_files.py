"""Files: only where Home Assistant may write, and under names that work everywhere."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.network import get_url
from homeassistant.setup import async_setup_component
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.actions.files import check, destination, ending_of, write
from tests.folders import Tree, files_below, key_of

NAMES: Final = st.one_of(
    st.sampled_from(["..", ".", "", "~", "a", "b.mp3", "...", "\0", "\\..\\..", "CON", "%2e%2e", "www"]),
    st.sampled_from(["out", "in", "stolen.mp3", "dangling.mp3", "loop.mp3", "taken.mp3"]),
    st.text(max_size=8),
)
BEGINNINGS: Final = st.sampled_from(
    [
        *("", "/", "//", "{media}/", "{www}/", "{outside}/", "file://{outside}/", "http://media/"),
        *("media-source://tts/", "media-source://media_source/local/", "media-source://media_source/local//{outside}/"),
    ]
)


@pytest.fixture
def tree(hass: HomeAssistant, tmp_path: Path) -> Tree:
    """Make the folders."""
    return Tree(hass, tmp_path)


@pytest.mark.parametrize(
    ("asked", "path", "media_content_id"),
    [
        ("door.mp3", "{media}/door.mp3", "local/door.mp3"),
        ("new folder/Tür öffnen.mp3", "{media}/new folder/Tür öffnen.mp3", "local/new folder/Tür öffnen.mp3"),
        ("media-source://media_source/local/music/a.ogg", "{media}/music/a.ogg", "local/music/a.ogg"),
        ("media-source://media_source/nas/a.ogg", "{www}/nas/a.ogg", "nas/a.ogg"),
        ("{media}/music/a.wav", "{media}/music/a.wav", "local/music/a.wav"),
        ("{www}/a.wav", "{www}/a.wav", None),
        ("in/a.wav", "{www}/a.wav", None),
        ("in/nas/a.wav", "{www}/nas/a.wav", "nas/a.wav"),
    ],
)
def test_a_place_may_be_told_in_three_ways(
    hass: HomeAssistant, tree: Tree, asked: str, path: str, media_content_id: str | None
) -> None:
    """Below the first media folder, as a media source id, and by its full path; the id is for players."""
    found = destination(hass.config, tree.fill_in(asked))
    assert str(found.path) == tree.fill_in(path)
    assert found.media_content_id == (media_content_id and f"media-source://media_source/{media_content_id}")


@pytest.mark.parametrize(
    "asked",
    ["{outside}/a.mp3", "out/a.mp3", "stolen.mp3", "dangling.mp3", "/a.mp3", "/etc/a.mp3", "{media}x/a.mp3", "in/../a"],
)
def test_other_places_are_refused(hass: HomeAssistant, tree: Tree, asked: str) -> None:
    """Wherever a link leads."""
    with pytest.raises(HomeAssistantError) as error:
        destination(hass.config, tree.fill_in(asked))
    assert key_of(error) == ("path_invalid" if ".." in asked else "path_not_allowed")


@pytest.mark.parametrize(
    "asked",
    [
        *("", ".mp3", "a/", "a//b.mp3", "/", "../a.mp3", "a/../../b.mp3", "a...b.mp3", "~/a.mp3", "a\0.mp3", "a\n.mp3"),
        *("a\\b.mp3", "CON.mp3", "a/nul", "lpt1 .mp3", "a ", "a/b./c.mp3", "07:00.mp3", "why?.mp3", "a*b.mp3"),
        *("\ud800.mp3", "x" * 256, "ü" * 128, "right\u202eto left.mp3", "media-source://tts/a.mp3", "http://a/b.mp3"),
        *("a#1.mp3", "a%20b.mp3", "a%2fb.mp3"),
        *("media-source://media_source/local/", "media-source://media_source/local//a.mp3"),
    ],
)
def test_names_that_do_not_work_everywhere_are_refused(hass: HomeAssistant, tree: Tree, asked: str) -> None:
    """Be it a network share, a media browser, or somebody who reads them."""
    assert tree.media.exists()
    with pytest.raises(HomeAssistantError) as error:
        destination(hass.config, asked)
    assert key_of(error) == "path_invalid"


@pytest.mark.parametrize(
    "name", ["Tür öffnen.mp3", "50% (off).mp3", "a+b=c&d;e.mp3", "it's {a} [b].mp3", "@^`1$,!.mp3", "电.mp3"]
)
async def test_names_that_are_accepted_can_be_played(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tree: Tree, name: str
) -> None:
    """By their media source id, from where Home Assistant serves them."""
    await async_setup_component(hass, "media_source", {})
    found = destination(hass.config, f"music/{name}")
    write({found.path: b"audio"}, overwrite=False)
    resolved = await async_resolve_media(hass, str(found.media_content_id), None)
    url = async_process_play_media_url(hass, resolved.url)
    async with (await hass_client()).get(url.removeprefix(get_url(hass))) as played:
        assert await played.read() == b"audio"
    assert files_below(tree.media / "music") == {name: b"audio"}


@pytest.mark.parametrize("folders", [{"local": "/media"}, {}])
def test_a_media_folder_that_is_unknown_is_refused(hass: HomeAssistant, folders: dict[str, str]) -> None:
    """Those that there are, are named."""
    hass.config.media_dirs = folders
    with pytest.raises(HomeAssistantError) as error:
        destination(hass.config, "media-source://media_source/nas/a.mp3")
    assert key_of(error) == "media_folder_unknown"
    assert error.value.translation_placeholders == {"folder": "nas", "folders": ", ".join(folders)}


def test_without_a_media_folder_a_file_has_no_place(hass: HomeAssistant) -> None:
    """A full path is needed then."""
    hass.config.media_dirs = {}
    with pytest.raises(HomeAssistantError) as error:
        destination(hass.config, "a.mp3")
    assert key_of(error) == "media_folder_unknown"


@pytest.mark.parametrize(
    ("asked", "ending"), [("a.MP3", "mp3"), ("a/b.c/d", ""), (".mp3", ""), ("a.", ""), ("a.b.ogg", "ogg"), ("", "")]
)
def test_an_ending_is_read_like_a_person_reads_it(asked: str, ending: str) -> None:
    """Of the file's name alone, in any case."""
    assert ending_of(asked) == ending


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(beginning=BEGINNINGS, names=st.lists(NAMES, min_size=1, max_size=4), overwrite=st.booleans())
def test_nothing_is_ever_written_outside(
    hass: HomeAssistant, beginning: str, names: list[str], *, overwrite: bool
) -> None:
    """Whatever is asked for; where it is not refused, the file is there, and nothing else."""
    with TemporaryDirectory() as root:
        tree = Tree(hass, Path(root))
        before = files_below(Path(root))
        expected = before
        try:
            found = destination(hass.config, tree.fill_in(beginning) + "/".join(names))
            check(found.path, overwrite=overwrite)
            write({found.path: b"audio"}, overwrite=overwrite)
            expected = before | {str(found.path.relative_to(root)): b"audio"}
            assert found.path.is_relative_to(tree.media) or found.path.is_relative_to(tree.www)
            assert found.path.resolve() == found.path
            assert overwrite or str(found.path.relative_to(root)) not in before
        except HomeAssistantError:
            pass
        assert files_below(Path(root)) == expected
