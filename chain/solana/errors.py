"""What an error code of Bubblegum asks for. None of them passes by itself."""

from enum import StrEnum


class Remedy(StrEnum):
    """Who can set it right."""

    ROW = "row"  # The item's own data: mend the row.
    PERSON = "person"  # The tree, the collection, the authority or the program.


_ROW = {
    6004,  # shares that do not add up to 100
    6006,  # a creator marked verified who does not sign
    6012,  # name longer than 32 bytes
    6013,  # symbol longer than 10
    6014,  # URI longer than 200
}


def remedy(code: int) -> Remedy:
    """For a custom error of a transaction that was refused or failed. An unknown code is for a person."""
    return Remedy.ROW if code in _ROW else Remedy.PERSON
