"""Tests of catalogue, names, dictionaries and settings."""
