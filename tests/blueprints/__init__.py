"""The blueprints at work: what is heard, what is told, and when neither is."""
