"""Thousands of utterances in one Home Assistant, many at once, while things go wrong: what scripts/soak runs."""
