"""The actions: what a call wants spoken, by whom it is to be heard, and what became of it."""
