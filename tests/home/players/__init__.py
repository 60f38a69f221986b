"""Real media players, each with a sound card that remembers what came out of it."""
