"""Tests of what is spoken of a text."""
