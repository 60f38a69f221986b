"""Integrations for the Home Assistants of the demo and the tests."""
