"""Config flows, walked over HTTP as the frontend does: each form filled by the names of its fields."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .child import HomeError
from .client import Home

type Field = Mapping[str, Any]
type Answer = str | float | bool | list[str] | Callable[[Field], str]

ENTRIES = "/api/config/config_entries"


def option(text: str) -> Callable[[Field], str]:
    """Answer a select field with the option whose value or label this is, or whose label it begins."""

    def choose(field: Field) -> str:
        options = field["selector"]["select"]["options"]
        pairs = [(one["value"], one["label"]) if isinstance(one, dict) else (one, one) for one in options]
        wanted = text.casefold()
        for fits in (
            lambda value, label: wanted in (value.casefold(), label.casefold()),
            lambda _, label: label.casefold().startswith(wanted),
        ):
            for value, label in pairs:
                if fits(value, label):
                    return str(value)
        # What is no option may still be typed in; the integration then judges it.
        return text

    return choose


def first_option(field: Field) -> str:
    """Answer a select field with its first option."""
    first = field["selector"]["select"]["options"][0]
    return str(first["value"] if isinstance(first, dict) else first)


def fill(fields: list[Field], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Fill a form: our answers first, else what the form itself proposes."""
    return dict(_filled(fields, answers))


def _filled(fields: list[Field], answers: Mapping[str, Answer]) -> Iterator[tuple[str, Any]]:
    for field in fields:
        name = field["name"]
        if field.get("type") == "expandable":
            yield name, fill(field["schema"], answers)
        elif name in answers:
            answer = answers[name]
            yield name, answer(field) if callable(answer) else answer
        elif (proposed := (field.get("description") or {}).get("suggested_value", field.get("default"))) is not None:
            yield name, proposed
        elif field.get("required"):
            raise HomeError(f"The form asks for '{name}', for which there is no answer.")


async def walk(
    home: Home,
    domain: str,
    path: str,
    start: Mapping[str, Any],
    answers: Mapping[str, Answer],
) -> dict[str, Any]:
    """Walk a flow to its end and return its result; a refusal raises in the integration's own words."""
    step: dict[str, Any] = await home.post(path, start)
    while step["type"] in ("form", "menu"):
        if step["type"] == "menu":
            raise HomeError(f"The flow shows a menu at '{step['step_id']}', which nothing here can answer.")
        if step.get("errors"):
            await home.delete(f"{path}/{step['flow_id']}")
            raise HomeError(await _words(home, domain, "error", step["errors"].values()))
        step = await home.post(f"{path}/{step['flow_id']}", fill(step["data_schema"], answers))
    if step["type"] == "abort":
        raise HomeError(await _words(home, domain, "abort", [step["reason"]]))
    return step


async def _words(home: Home, domain: str, kind: str, keys: Any) -> str:
    """Return the texts that the frontend would show for these errors."""
    found = await home.command("frontend/get_translations", language="en", category="config", integration=[domain])
    texts = found["resources"]
    return " ".join(texts.get(f"component.{domain}.config.{kind}.{key}", str(key)) for key in keys)


async def add_account(home: Home, domain: str, answers: Mapping[str, Answer]) -> str:
    """Add a config entry and return its id."""
    result = await walk(home, domain, f"{ENTRIES}/flow", {"handler": domain}, answers)
    return str(result["result"]["entry_id"])


async def add_voice(home: Home, domain: str, entry_id: str, answers: Mapping[str, Answer]) -> None:
    """Add a voice to an account; Home Assistant takes it over before the next command."""
    await walk(home, domain, f"{ENTRIES}/subentries/flow", {"handler": [entry_id, "voice"]}, answers)


async def set_account(home: Home, domain: str, entry_id: str, answers: Mapping[str, Answer]) -> None:
    """Change what is set for a whole account."""
    await walk(home, domain, f"{ENTRIES}/options/flow", {"handler": entry_id}, answers)


async def remove_accounts(home: Home, domain: str) -> None:
    """Remove every config entry of an integration."""
    for entry in await home.command("config_entries/get", domain=domain):
        await home.delete(f"{ENTRIES}/entry/{entry['entry_id']}")
