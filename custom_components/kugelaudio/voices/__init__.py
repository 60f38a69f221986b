"""The voices of an account: the catalogue, their names, languages, dictionaries and settings."""
