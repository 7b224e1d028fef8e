"""The metadata folder of a collection: a file for each item, and one for the collection itself. Always the same bytes."""

from collections.abc import Iterator, Mapping
from typing import Any

from mints import metadata
from mints.metadata import Image
from mints.models import Asset, Collection, Item
from mints.sheet.findings import Attribute
from mints.terms import about

OF_COLLECTION = "collection.json"
_CHUNK = 1000  # items in memory at a time


def of_item(item: Item) -> bytes:
    """What is or will be published of it. Before its pictures are up, with the CID that was computed for their folder."""
    collection = item.collection
    attributes = [Attribute(each["trait_type"], each["value"]) for each in item.attributes]
    image = _image(collection, item.image)
    return metadata.of_item(about(collection), name=item.name, description=item.description, image=image, attributes=attributes)


def of_collection(collection: Collection) -> bytes:
    """With the first item's picture."""
    first = collection.items.select_related("image").order_by("number").first()
    return metadata.of_collection(about(collection), _image(collection, first.image) if first else None)


def _image(collection: Collection, asset: Asset) -> Image:
    folder, name = asset.place(collection.images_cid or collection.images_planned)
    return Image(folder, name, asset.media_type)


class Folder(Mapping[str, Any]):
    """The files by their names, each made when it is asked for: all at once would be tens of megabytes."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        rows = self._items().only("number", "token_id").iterator()
        self._names = {self._with(item).file: item.number for item in rows}

    def __len__(self) -> int:
        return len(self._names) + 1

    def __iter__(self) -> Iterator[str]:
        yield OF_COLLECTION
        yield from self._names

    def __getitem__(self, name: str) -> bytes:
        if name == OF_COLLECTION:
            return of_collection(self._collection)
        return of_item(self._with(self._items().select_related("image").get(number=self._names[name])))

    def items(self) -> Any:
        """In their order, some items in memory at a time."""
        yield OF_COLLECTION, of_collection(self._collection)
        for start in range(0, max(self._names.values(), default=-1) + 1, _CHUNK):
            for item in self._items().select_related("image").filter(number__gte=start, number__lt=start + _CHUNK):
                yield self._with(item).file, of_item(item)

    def _items(self) -> Any:
        return Item.objects.filter(collection=self._collection).order_by("number")

    def _with(self, item: Item) -> Item:
        item.collection = self._collection
        return item
