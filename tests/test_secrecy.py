"""What must not be told: the key of an account."""

import logging

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from probatio import Invalid
from probatio.humanize import humanize_error
import pytest

from tests.helpers import (
    VOICE,
    Form,
    account_entry,
    as_shown,
    begin,
    begin_voice,
    change_voice,
    set_up,
    submit,
    submit_voice,
    voice_subentry,
)
from tests.simulator import Fault, KeyKind, Simulator

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache", "eu_simulator")

KEY = "ka_very_secret"
WRONG = "ka_wrong_secret"
LAX_REPORT = "Detected that custom integration"


@pytest.fixture(autouse=True)
def everything_is_logged(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """Make the key valid, and log all there is to log."""
    simulator.keys[KEY] = KeyKind.NORMAL
    caplog.set_level(logging.DEBUG)


def assert_tells_no_key(form: Form) -> None:
    """Check that nothing of a form holds a key: fields, proposals, placeholders, errors.

    But for the field in which it was typed: there it stays for another try, unless it is what was wrong.
    """
    assert form["type"] is FlowResultType.FORM
    shown = [field for field in as_shown(form) if field["name"] != "api_key"]
    told = f"{ {name: part for name, part in form.items() if name != 'data_schema'} } {shown}"
    assert KEY not in told
    assert WRONG not in told


def assert_log_is_clean(caplog: pytest.LogCaptureFixture) -> None:
    """Check that the log holds no key, and no complaint of Home Assistant about this integration."""
    assert "kugelaudio" in caplog.text
    assert KEY not in caplog.text
    assert WRONG not in caplog.text
    assert LAX_REPORT not in caplog.text


async def test_adding_an_account_tells_no_key(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """With every kind of error on the way, nothing else of a form tells the key, and no line of the log holds it."""
    forms = [await begin(hass)]

    async def answer(answers: dict[str, object]) -> ConfigFlowResult:
        forms.append(await submit(hass, forms[-1], answers))
        return forms[-1]

    await answer({"api_key": WRONG, "region": "auto"})
    simulator.faults.add(Fault.HTTP_HTML)
    await answer({"api_key": KEY, "region": "auto"})
    await answer({"api_key": WRONG, "region": "custom"})
    await answer({"url": simulator.url})
    await answer({"api_key": KEY, "region": "custom"})
    await answer({"url": "ftp://nowhere"})
    simulator.faults.add(Fault.HTTP_TRUNCATED_JSON)
    await answer({"url": simulator.url})
    await answer({"url": simulator.url})
    await answer({"language": "en"})
    await answer({**VOICE, "voice": "nobody"})
    for form in forms:
        assert_tells_no_key(form)
    assert (await answer(VOICE))["type"] is FlowResultType.CREATE_ENTRY
    assert_log_is_clean(caplog)


async def test_changing_an_account_tells_no_key(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the stored key nor a wrong one comes back."""
    entry = account_entry(simulator.url, voice_subentry(), key=KEY)
    await set_up(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    assert_tells_no_key(form)
    assert KEY not in str(as_shown(form))
    form = await submit(hass, form, {"api_key": WRONG, "region": "auto"})
    assert_tells_no_key(form)
    assert WRONG not in str(as_shown(form))
    await submit(hass, form, {"region": "auto"})
    form = await entry.start_reauth_flow(hass)
    assert_tells_no_key(form)
    form = await submit(hass, form, {"api_key": WRONG})
    assert_tells_no_key(form)
    assert (await submit(hass, form, {"api_key": KEY}))["type"] is FlowResultType.ABORT
    assert_log_is_clean(caplog)


async def test_forms_of_a_voice_tell_no_key(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Adding and changing a voice use the stored key in silence."""
    entry = account_entry(simulator.url, voice_subentry(), key=KEY)
    await set_up(hass, entry)
    for form in (await begin_voice(hass, entry), await change_voice(hass, entry, "first_voice")):
        assert_tells_no_key(form)
        chosen = await submit_voice(hass, form, {"language": "en"})
        assert_tells_no_key(chosen)
        refused = await submit_voice(hass, chosen, {**VOICE, "voice": "nobody"})
        assert_tells_no_key(refused)
        await submit_voice(hass, refused, {**VOICE, "advanced": {"speed": 1.1}})
    assert_log_is_clean(caplog)


async def test_refused_form_does_not_repeat_the_key(hass: HomeAssistant) -> None:
    """What is said of a form that cannot be read holds no value of the key's field."""
    form = await begin(hass)
    answers = {"api_key": [KEY], "region": "auto"}
    assert form["data_schema"]
    with pytest.raises(Invalid) as refused:
        form["data_schema"](answers)
    assert "api_key" in humanize_error(answers, refused.value)
    assert KEY not in humanize_error(answers, refused.value)


@pytest.mark.parametrize("fault", [Fault.HTTP_ERROR, Fault.HTTP_HTML, Fault.HTTP_NOT_OBJECT, Fault.HTTP_DROP])
async def test_account_without_its_server_logs_no_key(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """What is told of lists that fail is free of the key, and so are tracebacks."""
    simulator.faults.add(fault, None)
    entry = account_entry(simulator.url, voice_subentry(), key=KEY)
    await set_up(hass, entry)
    assert "did not deliver" in caplog.text
    assert_log_is_clean(caplog)
