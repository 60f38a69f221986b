"""The official SDK, unchanged, as the client that proves the simulator."""
