"""Names and cells as people wrote them: when two are the same, and how a sentence repeats one."""

import unicodedata

_SHOWN = 60  # letters that a sentence repeats


def key(name: str) -> str:
    """Equal for names that differ in case only, or in how they write an accent: macOS takes é apart, Windows does not."""
    return unicodedata.normalize("NFC", name).casefold()


def shown(text: str) -> str:
    """In quotation marks, short, and with nothing in it invisible."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
