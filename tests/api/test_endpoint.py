"""What users type, and what is stored of it: a key, a server's address, and their names."""

import pytest

from custom_components.kugelaudio.api.endpoint import account_title, parse_key, parse_url, region_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ka_1", ("ka_1", "auto")),
        ("  ka_1\n", ("ka_1", "auto")),
        ("eu-ka_1", ("ka_1", "eu")),
        ("us-ka_1", ("ka_1", "auto")),
        (" global-ka_1 ", ("ka_1", "auto")),
        ("EU-ka_1", ("ka_1", "eu")),
        ("Global-ka_1", ("ka_1", "auto")),
        ("Bearer ka_1", ("ka_1", "auto")),
        ("Authorization: bearer eu-ka_1", ("ka_1", "eu")),
        ("authorization:ka_1", ("ka_1", "auto")),
        ('"ka_1"', ("ka_1", "auto")),
        ("“Bearer EU-ka_1”", ("ka_1", "eu")),
        ("Bearer 'ka_1'", ("ka_1", "auto")),
        ("«\u00a0ka_1\u00a0»", ("ka_1", "auto")),
        ("`ka_1`", ("ka_1", "auto")),
        ("<ka_1>", ("ka_1", "auto")),
        ("\ufeffka_1\u200b", ("ka_1", "auto")),
        ("ka\u00ad_\u20601\x00", ("ka_1", "auto")),
        ("ka_12\n 34", ("ka_1234", "auto")),
        ("-ka_1-", ("-ka_1-", "auto")),
        ("ka_bearer", ("ka_bearer", "auto")),
        ("", ("", "auto")),
        ("''", ("", "auto")),
    ],
)
def test_a_pasted_key_is_understood(text: str, expected: tuple[str, str]) -> None:
    """What came along goes, and a prefix names the region."""
    assert parse_key(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" https://tts.example.com/ ", "https://tts.example.com"),
        ("http://192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("https://example.com/kugel/?a=b#c", "https://example.com/kugel"),
        ("tts.example.com", None),
        ("ftp://example.com", None),
        ("https://user:secret@example.com", None),
        ("http://", None),
        ("http://[", None),
        ("http://xn--/", None),
        ("", None),
    ],
)
def test_a_typed_url_is_understood(text: str, expected: str | None) -> None:
    """Only the base URL of an http server is stored."""
    assert parse_url(text) == expected


def test_a_stored_url_tells_its_region() -> None:
    """Nothing but the URL is stored."""
    assert [region_of(url) for url in ("https://api.kugelaudio.com", "https://api.eu.kugelaudio.com", "http://x")] == [
        "auto",
        "eu",
        "custom",
    ]


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://api.kugelaudio.com", "KugelAudio"),
        ("https://api.eu.kugelaudio.com", "KugelAudio EU"),
        ("http://[::1]:8791/kugel", "KugelAudio [::1]:8791/kugel"),
        ("http://[fe80::1]", "KugelAudio [fe80::1]"),
        ("http://192.168.1.5:8000", "KugelAudio 192.168.1.5:8000"),
        ("https://xn--bcher-kva.example/kugel", "KugelAudio bücher.example/kugel"),
    ],
)
def test_an_account_has_a_readable_title(url: str, title: str) -> None:
    """One on a server of its own is called by its address."""
    assert account_title(url) == title
