"""Tests of one utterance, through Home Assistant where a user would see it."""
