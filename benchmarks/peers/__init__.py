"""What the benchmark compares with: servers of other providers, and two plain entities for Home Assistant."""
