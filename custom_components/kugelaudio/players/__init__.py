"""Loudspeakers are shared: one announcement after the other, at its own volume, and what was playing goes on."""
