"""Where the collections of a scenario are uploaded to, and how they come in."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import unquote

from django.conf import settings
from django.test import override_settings
from PIL import Image

from mints import staging
from mints.incoming import Incoming
from mints.ipfs.files import KUBO_V1, add_file
from mints.ipfs.tree import fold
from mints.uploaders.kinds import Kind
from tests.mints.other_node import OtherNode
from tests.mints.services import Asked, Part, Reply

FOLDER = "application/x-directory"


class Shelf(OtherNode):
    """A node that names what it is given as real ones do. `added` counts by CID how often a folder was sent as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.added: Counter[str] = Counter()

    def answer(self, asked: Asked) -> Reply:
        if asked.path != "/api/v0/add":
            return super().answer(asked)
        cid = _cid(asked.parts)
        self.added[cid] += 1
        self.pinned.add(cid)
        return Reply(body={"Name": unquote(asked.parts[0].filename), "Hash": cid})


def _cid(parts: list[Part]) -> str:
    """Of the folder in which they all are."""
    files = {unquote(part.filename).partition("/")[2]: part.data for part in parts if part.media_type != FOLDER}
    entries = {path: add_file(io.BytesIO(data), KUBO_V1, lambda _: None) for path, data in files.items()}
    return str(fold(entries, KUBO_V1, lambda _: None).cid)


@contextmanager
def on_a_shelf() -> Iterator[Shelf]:
    """Whatever this process and its forks upload goes to the shelf."""
    with Shelf() as shelf, override_settings(IPFS=replace(settings.IPFS, kind=Kind.KUBO, api=shelf.url)):
        yield shelf


# -- what comes in ---------------------------------------------------------------------------------------------------------


def arrived(sheet: str, pictures: Iterable[int]) -> Incoming:
    """A sheet and pictures of these shades, on the disk as after a request."""
    incoming = Incoming()
    folder = staging.begin(incoming.collection)
    for number in pictures:
        (folder / "arriving").write_bytes(a_picture(number))
        incoming.add(f"{number}.png", folder / "arriving")
    incoming.sheet = folder / "sheet"
    incoming.sheet.write_text(sheet)
    return incoming


def a_picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (shade % 256, shade // 256, 7)).save(file, "PNG")
    return file.getvalue()
