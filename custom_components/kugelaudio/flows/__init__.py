"""The forms of an account's voices, and the words in them."""
