"""Which audio format real media players want: how soon, how completely, and how they find a place in it."""
