"""Timings of the integration in a real Home Assistant. Ratios count: the machine's speed is not ours."""
