"""One utterance: from the message to PCM, with all that may help it on its way."""
