"""When two names of files are the same to the people who wrote them."""

import unicodedata


def key(name: str) -> str:
    """Equal for names that differ in case only, or in how they write an accent: macOS takes é apart, Windows does not."""
    return unicodedata.normalize("NFC", name).casefold()
