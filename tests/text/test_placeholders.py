"""What is left of a template that failed, and what is nothing to say."""

import pytest

from custom_components.kugelaudio.text import failed_template, has_speech


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("None", "None"),
        (" unknown.", "unknown"),
        ("**unavailable**", "unavailable"),
        ("The bath has None degrees.", "None"),
        ("None °C outside", "None"),
        ("Temperature: unknown", "unknown"),
        ("The temperature is unknown.", "unknown"),
        ("It is unknown °C.", "unknown"),
        ("Die Temperatur ist unavailable.", "unavailable"),
        ("Feuchte: unavailable %", "unavailable"),
        ("It is {{ states('sensor.bath') }} °C.", "{{ … }}"),
        ("{% if x %}It is on.{% endif %}", "{{ … }}"),
        ("None of the lights is on.", None),
        ("How many? None.", None),
        ("An unknown caller rang.", None),
        ("There is an unknown device at the door.", None),
        ("The bath has 21 °C.", None),
        ("", None),
    ],
)
def test_values_that_a_template_has_not_got_are_recognised(text: str, found: str | None) -> None:
    """As the whole message or as a value in it, but not where a sentence has the word."""
    assert failed_template(text) == found


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "...", "…", "?!", "—", "°", '<break time="1s"/>', "<spell></spell>", "👍", "\u200b", "\u00ad"],
)
def test_nothing_is_said_without_a_letter_or_a_digit(text: str) -> None:
    """Neither by punctuation, nor by tags, nor by what is invisible."""
    assert not has_speech(text)


@pytest.mark.parametrize("text", ["a", "5", "½", "é", "重", "ה", "<spell>A</spell>", "5 < 6"])
def test_a_single_letter_or_digit_is_said(text: str) -> None:
    """In any script."""
    assert has_speech(text)
