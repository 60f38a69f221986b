"""Tests with a whole Home Assistant, as users have it."""
