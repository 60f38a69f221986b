"""Networks that go bad between Home Assistant and the provider."""
