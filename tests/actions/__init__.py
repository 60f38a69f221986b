"""Announcements at work: who hears them, what is said, and what can go wrong."""
