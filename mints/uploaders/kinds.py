"""Which uploader an installation has; for the settings, so nothing else is imported."""

from enum import StrEnum


class Kind(StrEnum):
    """The values of IPFS_UPLOADER."""

    EMBEDDED = "embedded"  # the store here and nothing else
    KUBO = "kubo"  # an IPFS node, or who speaks its RPC
    PINATA = "pinata"
