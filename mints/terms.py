"""What a collection asks of its sheet, and what all its items say alike."""

from collections.abc import Collection as Names

from chain.calls import address
from chain.fields import solana_address
from mints.metadata import About, Creator
from mints.models import Collection, Standard
from mints.sheet.rules import Rules


def rules_of(collection: Collection, pictures: Names[str]) -> Rules:
    """What its rows must keep to; `pictures` are the names of the files that came with the sheet."""
    return Rules(
        address=solana_address if collection.is_compressed else address,
        pictures=pictures,
        default_recipient=collection.default_recipient,
        compressed=collection.is_compressed,
        editions=collection.standard == Standard.ERC1155,
    )


def about(collection: Collection) -> About:
    """Of its columns that become metadata."""
    return About(
        name=collection.name,
        symbol=collection.symbol,
        description=collection.description,
        external_url=collection.external_url,
        royalty=collection.royalty,
        creators=tuple(Creator(each["address"], each["share"]) for each in collection.creators),
    )
