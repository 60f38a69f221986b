"""Text that is spoken as it is written."""

import unicodedata


class PlainText:
    """Normalises to NFC, as the server wants it; holds back one letter that a mark may still join."""

    def __init__(self) -> None:
        """Begin a text."""
        self._held = ""

    def feed(self, delta: str) -> str:
        """Return what can be spoken now, possibly nothing."""
        text = self._held + delta
        last = len(text) - 1
        while last > 0 and unicodedata.combining(text[last]):
            last -= 1
        self._held = text[max(last, 0) :]
        return unicodedata.normalize("NFC", text[: max(last, 0)])

    def finish(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return unicodedata.normalize("NFC", held)

    def release(self) -> str:
        """Return what was held back: what follows comes too late to wait for."""
        return self.finish()
