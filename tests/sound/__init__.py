"""Tests of PCM, containers and chimes."""
