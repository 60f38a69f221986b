"""Tests of the forms of voices."""
