"""Loudspeakers that are shared."""
