"""Adding an account."""

import logging

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.flows.hearing import hearing_url
from tests.helpers import (
    KEY_TROUBLES,
    KINDS_OF_SERVER_TROUBLE,
    STORED_VOICE,
    TROUBLES,
    VOICE,
    Trouble,
    account_entry,
    begin,
    fields,
    labels,
    placeholders,
    shown_error,
    submit,
    suggestions,
)
from tests.simulator import SEEDS, SEEDS_BOTH_KEYS, Fault, KeyKind, Profile, Simulator

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")


async def finish(hass: HomeAssistant, form: ConfigFlowResult) -> ConfigFlowResult:
    """Choose language and voice, and return the created account."""
    assert form["step_id"] == "language"
    form = await submit(hass, form, {"language": "en"})
    assert form["step_id"] == "voice"
    result = await submit(hass, form, VOICE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    return result


async def test_account_is_created_with_its_first_voice(hass: HomeAssistant, simulator: Simulator) -> None:
    """The whole way: key, own server, language, voice; then the voice is there without a restart."""
    form = await begin(hass)
    assert form["step_id"] == "user"
    assert form["errors"] == {}
    assert not form["last_step"]
    assert placeholders(form)["dashboard_url"].startswith("https://")
    form = await submit(hass, form, {"api_key": simulator.key, "region": "custom"})
    assert form["step_id"] == "endpoint"
    assert not form["last_step"]
    form = await submit(hass, form, {"url": f"{simulator.url}/"})
    result = await finish(hass, form)

    assert placeholders(result)["media_url"] == hearing_url("en")
    entry = result["result"]
    assert entry.title == f"KugelAudio 127.0.0.1:{simulator.port}"
    assert dict(entry.data) == {"api_key": simulator.key, "url": simulator.url}
    assert dict(entry.options) == {}
    assert entry.unique_id is None
    [voice] = entry.subentries.values()
    assert (voice.subentry_type, voice.title, voice.unique_id) == ("voice", "Samantha Ferris", None)
    assert dict(voice.data) == STORED_VOICE
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]


async def test_key_field_hides_what_is_typed(hass: HomeAssistant) -> None:
    """The key is typed like a password, and no password manager offers one."""
    field = fields(await begin(hass))["api_key"]
    assert field["required"]
    assert field["selector"]["text"] == {
        "type": "password",
        "autocomplete": "off",
        "multiline": False,
        "multiple": False,
    }


async def test_regions_are_offered_with_automatic_first(hass: HomeAssistant) -> None:
    """Automatic is the default of the three regions, and each has a translated name."""
    form = await begin(hass)
    select = fields(form)["region"]["selector"]["select"]
    assert select["options"] == ["auto", "eu", "custom"]
    assert select["translation_key"] == "region"
    assert suggestions(form)["region"] == "auto"


@pytest.mark.parametrize(
    ("typed", "region", "is_eu", "title"),
    [
        ("ka_simulator", "auto", False, "KugelAudio"),
        ("\t ka_simulator \n", "auto", False, "KugelAudio"),
        ("us-ka_simulator", "auto", False, "KugelAudio"),
        ("global-ka_simulator", "auto", False, "KugelAudio"),
        ("eu-ka_simulator", "auto", True, "KugelAudio EU"),
        (" eu-ka_simulator", "auto", True, "KugelAudio EU"),
        ("ka_simulator", "eu", True, "KugelAudio EU"),
        ("us-ka_simulator", "eu", True, "KugelAudio EU"),
    ],
)
async def test_region_of_form_and_key_choose_the_server(
    hass: HomeAssistant,
    simulator: Simulator,
    eu_simulator: Simulator,
    typed: str,
    region: str,
    is_eu: bool,
    title: str,
) -> None:
    """EU wins wherever it is named; blanks and prefixes are no part of the key."""
    form = await submit(hass, await begin(hass), {"api_key": typed, "region": region})
    entry = (await finish(hass, form))["result"]
    chosen, other = [(simulator, eu_simulator), (eu_simulator, simulator)][is_eu]
    assert dict(entry.data) == {"api_key": "ka_simulator", "url": chosen.url}
    assert entry.title == title
    assert chosen.journal.calls
    assert other.journal.calls == []


async def test_own_url_wins_over_the_region_of_the_key(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """A key that names the EU goes to the own server when that was chosen."""
    async with Simulator(sound="tone") as own:
        form = await submit(hass, await begin(hass), {"api_key": "eu-ka_simulator", "region": "custom"})
        entry = (await finish(hass, await submit(hass, form, {"url": own.url})))["result"]
        assert dict(entry.data) == {"api_key": "ka_simulator", "url": own.url}
        assert [*simulator.journal.calls, *eu_simulator.journal.calls] == []
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("typed", ["", "   ", "eu-"])
@pytest.mark.usefixtures("eu_simulator")
async def test_key_that_is_empty_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, typed: str
) -> None:
    """An empty key is wrong before anybody is asked; the right one goes on."""
    form = await submit(hass, await begin(hass), {"api_key": typed, "region": "auto"})
    assert form["step_id"] == "user"
    assert form["errors"] == {"api_key": "invalid_key"}
    assert simulator.journal.calls == []
    await finish(hass, await submit(hass, form, {"api_key": simulator.key, "region": "auto"}))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kugelaudio.local:8000",
        "ftp://kugelaudio.local",
        "http://",
        "http://user:secret@kugelaudio.local",
        "http://user@kugelaudio.local",
        "http://kugelaudio.local:99999",
        "http://[::1",
        "/v1/voices",
    ],
)
async def test_url_that_is_none_is_refused(hass: HomeAssistant, simulator: Simulator, url: str) -> None:
    """What is no http(s) address is refused at its field, and stays there to be mended."""
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "custom"})
    assert suggestions(form) == {"url": ""}
    form = await submit(hass, form, {"url": url})
    assert form["step_id"] == "endpoint"
    assert form["errors"] == {"url": "invalid_url"}
    assert suggestions(form) == {"url": url}
    await finish(hass, await submit(hass, form, {"url": f"  {simulator.url}/?utm=1#top "}))


@pytest.mark.parametrize(("trouble", "error"), TROUBLES.values(), ids=TROUBLES.keys())
async def test_account_form_tells_what_went_wrong(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, trouble: Trouble, error: str
) -> None:
    """Each failure of the cloud has its word where it belongs, what was right stays, and a second try succeeds."""
    fault, parameters = trouble
    simulator.faults.add(fault, None, **parameters)
    eu_simulator.faults.add(fault, None, **parameters)
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "auto"})
    assert form["step_id"] == "user"
    assert form["errors"] == shown_error(error, is_cloud=True, fields=fields(form))
    assert suggestions(form) == {"api_key": None if error == "invalid_key" else simulator.key, "region": "auto"}
    simulator.faults.clear()
    await finish(hass, await submit(hass, form, {"api_key": simulator.key, "region": "auto"}))


@pytest.mark.parametrize(("error", "trouble"), KINDS_OF_SERVER_TROUBLE.items())
async def test_endpoint_form_tells_what_is_wrong_with_an_own_server(
    hass: HomeAssistant, simulator: Simulator, trouble: Trouble, error: str
) -> None:
    """What is wrong with the address shows where the address is; a second try succeeds."""
    fault, parameters = trouble
    simulator.faults.add(fault, None, **parameters)
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "custom"})
    form = await submit(hass, form, {"url": simulator.url})
    assert form["step_id"] == "endpoint"
    assert form["errors"] == shown_error(error, is_cloud=False, fields=fields(form))
    assert suggestions(form) == {"url": simulator.url}
    simulator.faults.clear()
    await finish(hass, await submit(hass, form, {"url": simulator.url}))


@pytest.mark.parametrize(("trouble", "error"), KEY_TROUBLES.values(), ids=KEY_TROUBLES.keys())
async def test_own_server_that_refuses_the_key_leads_back_to_the_key(
    hass: HomeAssistant, simulator: Simulator, trouble: Trouble, error: str
) -> None:
    """What is wrong with the key shows where the key is typed; the URL need not be typed again."""
    fault, parameters = trouble
    simulator.faults.add(fault, None, **parameters)
    form = await submit(hass, await begin(hass), {"api_key": "ka_other", "region": "custom"})
    form = await submit(hass, form, {"url": simulator.url})
    assert form["step_id"] == "user"
    assert form["errors"] == shown_error(error, is_cloud=False, fields=fields(form))
    assert suggestions(form) == {"api_key": None if error == "invalid_key" else "ka_other", "region": "custom"}
    simulator.faults.clear()
    form = await submit(hass, form, {"api_key": simulator.key, "region": "custom"})
    assert suggestions(form) == {"url": simulator.url}
    await finish(hass, await submit(hass, form, {"url": simulator.url}))


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("ka_unknown", "invalid_key"),
        ("ka_revoked", "invalid_key"),
    ],
)
@pytest.mark.usefixtures("eu_simulator")
async def test_key_that_the_server_does_not_know_is_refused(
    hass: HomeAssistant, simulator: Simulator, key: str, error: str
) -> None:
    """Whether there never was such a key, or there is none any more; another key goes on."""
    form = await submit(hass, await begin(hass), {"api_key": key, "region": "auto"})
    assert form["errors"] == {"api_key": error}
    await finish(hass, await submit(hass, form, {"api_key": simulator.key, "region": "auto"}))


async def test_address_that_leads_elsewhere_says_where(hass: HomeAssistant, simulator: Simulator) -> None:
    """Scheme, host and port alone; nothing is sent there, and the form is ready for the right address."""
    simulator.faults.add(Fault.HTTP_REDIRECT, status=308, location="https://elsewhere.example:8443/a?token=secret")
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "custom"})
    form = await submit(hass, form, {"url": simulator.url})
    assert form["step_id"] == "endpoint"
    assert form["errors"] == {"url": "redirected"}
    assert (form["description_placeholders"] or {})["place"] == "https://elsewhere.example:8443"
    assert (await submit(hass, form, {"url": simulator.url}))["step_id"] == "language"


@pytest.mark.parametrize("profile", [SEEDS, SEEDS_BOTH_KEYS], ids=["query", "both"])
async def test_account_on_a_server_of_the_oldest_documents(
    hass: HomeAssistant, simulator: Simulator, profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    """It is set up and speaks, and the key, which goes into the query there, is in no line of the log."""
    caplog.set_level(logging.DEBUG)
    simulator.profile = profile
    simulator.keys["ka_very_secret"] = KeyKind.NORMAL
    form = await submit(hass, await begin(hass), {"api_key": "Bearer ka_very_secret", "region": "custom"})
    form = await submit(hass, form, {"url": simulator.url})
    form = await submit(hass, form, {"language": "en"})
    assert labels(form, "model") == {"Kugel 3 (kugel-3)": "Kugel 3"}
    done = await submit(hass, form, VOICE)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = done["result"]
    assert [voice.data["model"] for voice in entry.subentries.values()] == ["kugel-3"]
    assert entry.state is ConfigEntryState.LOADED
    await simulator.journal.until(lambda journal: bool(journal.open_sockets()))
    assert "ka_very_secret" not in caplog.text
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_server_that_refuses_connections_is_told_from_a_wrong_one(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Nobody listens there: that is `cannot_connect`; once somebody does, the same URL succeeds."""
    await simulator.refuse()
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "custom"})
    form = await submit(hass, form, {"url": simulator.url})
    assert form["errors"] == {"url": "cannot_connect"}
    await simulator.admit()
    await finish(hass, await submit(hass, form, {"url": simulator.url}))


@pytest.mark.usefixtures("eu_simulator")
async def test_server_that_never_answers_ends_in_a_message(hass: HomeAssistant, simulator: Simulator) -> None:
    """A black hole ends after the client's limit; a second try succeeds."""
    simulator.faults.add(Fault.HTTP_HANG, None)
    form = await begin(hass)
    form = await submit(hass, form, {"api_key": simulator.key, "region": "auto"})
    assert form["errors"] == {"base": "timed_out"}
    simulator.faults.clear()
    await finish(hass, await submit(hass, form, {"api_key": simulator.key, "region": "auto"}))


async def test_url_of_an_own_server_is_not_the_one_of_the_cloud(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """Who fails with a cloud and turns to an own server gets an empty field for its URL."""
    eu_simulator.faults.add(Fault.HTTP_DROP, None)
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "eu"})
    assert suggestions(form)["region"] == "eu"
    form = await submit(hass, form, {"api_key": simulator.key, "region": "custom"})
    assert suggestions(form) == {"url": ""}


@pytest.mark.usefixtures("eu_simulator")
async def test_catalogue_with_the_wrong_content_type_is_good_enough(hass: HomeAssistant, simulator: Simulator) -> None:
    """Some proxies change the content type; the right JSON is the right JSON."""
    simulator.faults.add(Fault.HTTP_WRONG_CONTENT_TYPE, None)
    await finish(hass, await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "auto"}))


@pytest.mark.parametrize("typed", ["ka_simulator", " eu-ka_simulator "])
async def test_same_key_on_the_same_server_is_refused(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, typed: str
) -> None:
    """However the key is written, an account is not added twice; nothing is asked of the server."""
    account_entry(eu_simulator.url).add_to_hass(hass)
    result = await submit(hass, await begin(hass), {"api_key": typed, "region": "eu"})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert [*simulator.journal.calls, *eu_simulator.journal.calls] == []


async def test_same_key_on_another_server_is_another_account(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """A key may be used in two regions."""
    account_entry(eu_simulator.url).add_to_hass(hass)
    await finish(hass, await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "auto"}))
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2
