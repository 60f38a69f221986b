"""A whole Home Assistant in a process of its own: for the demo, the end-to-end tests and the benchmarks."""
