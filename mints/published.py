"""What of a collection is published on IPFS, byte for byte the same whenever it is asked for: the previews are the files."""

from collections.abc import Iterator

from mints import metadata
from mints.metadata import About, Creator, Image
from mints.models import Asset, Collection, Item
from mints.sheet.findings import Attribute

OWN_FILE = "collection.json"  # of the collection itself, beside those of its items


def about(collection: Collection) -> About:
    return About(
        name=collection.name, symbol=collection.symbol, description=collection.description,
        external_url=collection.external_url, royalty=collection.royalty,
        creators=tuple(Creator(each["address"], each["share"]) for each in collection.creators),
    )  # fmt: skip


def item_file(item: Item) -> bytes:
    """Its metadata. Before the pictures are uploaded their folder is called as it was computed here."""
    return metadata.of_item(
        about(item.collection), name=item.name, description=item.description, image=_image(item.collection, item.image),
        attributes=[Attribute(**each) for each in item.attributes],
    )  # fmt: skip


def collection_file(collection: Collection) -> bytes:
    """The collection's own, with the picture of its first item."""
    first = collection.items.select_related("image").order_by("number").first()
    return metadata.of_collection(about(collection), _image(collection, first.image) if first else None)


def files(collection: Collection) -> Iterator[tuple[str, bytes]]:
    """Everything in the metadata folder, by name."""
    items = collection.items.select_related("image", "collection").order_by("number")
    for item in items.iterator(chunk_size=2000):
        yield item.file, item_file(item)
    yield OWN_FILE, collection_file(collection)


def _image(collection: Collection, asset: Asset) -> Image:
    folder, name = asset.place(collection.images_cid or collection.images_planned)
    return Image(folder, name, asset.media_type)
