"""What came is looked at as a whole, and everything that is wrong with it is found before anything is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from mints import archive, names, pictures, staging
from mints.archive import ArchiveRefused
from mints.flaws import PictureRefused
from mints.incoming import ARCHIVE, IMAGES, ROWS, SHEET, Incoming
from mints.ipfs.cid import Cid, CidError
from mints.ipfs.files import KUBO_V1
from mints.ipfs.tree import fold
from mints.media import of_extension
from mints.models import Asset, Collection
from mints.pictures import Picture
from mints.sheet.columns import Field, meaning
from mints.sheet.csv_file import read_csv
from mints.sheet.findings import Mistake, Row, Sheet
from mints.sheet.json_rows import read_rows
from mints.terms import rules_of
from orders.intake import CellError, FieldError, invalid

Told = Callable[[int, int], None]  # is told how many of how many pictures were looked at


def tell_nobody(_done: int, _total: int) -> None:
    """For callers that show no progress."""


@dataclass(slots=True)
class Gathered:
    """Rows and the pictures that they use; complete only where `problems` is empty. `images` is the CID of their folder."""

    rows: Sequence[Row] = ()
    assets: dict[str, Asset] = field(default_factory=dict)
    images: str = ""
    problems: list[FieldError | CellError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def read(self, sheet: Sheet) -> None:
        """What reading the sheet has found."""
        self.rows = sheet.rows
        self.problems += map(of_mistake, sheet.mistakes)
        self.warnings += map(str, sheet.warnings)


def of_mistake(mistake: Mistake) -> CellError:
    return cell(mistake.row, mistake.column, mistake.message, mistake.kind.name.lower())


def cell(row: int, column: str, message: str, code: str) -> CellError:
    path = ".".join([SHEET, *([str(row)] if row else []), *([column] if column else [])])
    return CellError(path, message, code, row, column)


# -- a form, or a folder -----------------------------------------------------------------------------------------------------


def gather(collection: Collection, incoming: Incoming, rows: Sequence[Any] | None, told: Told = tell_nobody) -> Gathered:
    """A sheet, or `rows`, and pictures. Raises Refused where it is not clear what is what, OSError."""
    if incoming.archive is not None:
        if incoming.sheet or incoming.pictures:
            raise invalid(ARCHIVE, f"A zip brings its own sheet and pictures: send no {SHEET} and no {IMAGES} beside it.")
        unpack(incoming, incoming.archive)
    if (incoming.sheet is None) == (rows is None):
        raise invalid(SHEET, f"Send a {SHEET}, or {ROWS}, or an {ARCHIVE} that has a sheet in it: one of them.", "required")
    gathered = Gathered(problems=list(incoming.problems))
    found = _examined(incoming, gathered, told)
    gathered.read(_sheet(collection, incoming, rows))
    used = {row.image for row in gathered.rows} & found.keys()
    for name in sorted(used):
        gathered.assets[name] = _asset(collection, incoming, name, found[name])
        if said := pictures.warning(name, found[name].media):
            gathered.warnings.append(said)
    gathered.images = str(fold({name: incoming.pictures[name].entry for name in used}, KUBO_V1, lambda _: None).cid)
    return gathered


def unpack(incoming: Incoming, packed: Path) -> None:
    """The pictures of a zip, as if they had come by themselves; its sheet too, if there is none yet. Raises Refused, OSError.

    The zip, which lies in the collection's folder, is gone then.
    """
    folder = staging.folder(incoming.collection) / "unpacked"
    folder.mkdir()
    try:
        with packed.open("rb") as file:
            limits = archive.Limits(size=settings.UPLOAD_MAX_SIZE)
            found = archive.unpack(file, folder, limits, with_sheet=incoming.sheet is None)
    except ArchiveRefused as refused:
        raise invalid(ARCHIVE, " ".join(refused.problems), "archive") from refused
    packed.unlink()
    incoming.sheet = incoming.sheet or found.sheet
    for picture in found.pictures:
        incoming.add(picture.name, picture.replace(staging.folder(incoming.collection) / "arriving"))


def _examined(incoming: Incoming, gathered: Gathered, told: Told) -> dict[str, Picture]:
    """The pictures that can be taken; of the others it is noted why not. One that has several names is looked at once."""
    limits = pictures.Limits(size=settings.PICTURE_MAX_SIZE)
    seen: dict[str, Picture | PictureRefused] = {}
    found: dict[str, Picture] = {}
    for done, (name, staged) in enumerate(incoming.pictures.items(), 1):
        if staged.sha256 not in seen:
            with staged.path.open("rb") as file:
                seen[staged.sha256] = _look(file, limits)
        match seen[staged.sha256]:
            case Picture() as picture:
                found[name] = picture
            case PictureRefused() as refused:
                gathered.problems.append(FieldError(f"{IMAGES}.{name}", str(refused), refused.flaw.name.lower()))
        told(done, len(incoming.pictures))
    return found


def _look(file: Any, limits: pictures.Limits) -> Picture | PictureRefused:
    try:
        return pictures.examine(file, limits)
    except PictureRefused as refused:
        return refused


def _sheet(collection: Collection, incoming: Incoming, rows: Sequence[Any] | None) -> Sheet:
    """A row may name a picture that was refused: that is said once, of the picture."""
    rules = rules_of(collection, incoming.pictures)
    if rows is not None:
        return read_rows(rows, rules)
    assert incoming.sheet is not None
    with incoming.sheet.open("rb") as file:
        return read_csv(file, rules)


def _asset(collection: Collection, incoming: Incoming, name: str, picture: Picture) -> Asset:
    staged = incoming.pictures[name]
    return Asset(
        collection=collection, name=name, media_type=picture.media.value, size=picture.size, width=picture.width,
        height=picture.height, sha256=staged.sha256, cid=str(staged.entry.cid), thumbnail=picture.thumbnail or None,
    )  # fmt: skip


# -- rows whose pictures are in IPFS already ---------------------------------------------------------------------------------


def gather_elsewhere(collection: Collection, rows: Sequence[Any]) -> Gathered:
    """Nothing is fetched: that the pictures are there is their sender's word."""
    gathered = Gathered()
    found = _addresses(rows)
    known: Mapping[str, Asset] = {uri: asset for uri in found if (asset := _elsewhere(collection, uri))}
    keys: dict[str, str] = {}
    for uri in known:
        if keys.setdefault(names.key(uri), uri) != uri:
            said = (
                f"{names.shown(uri)} and {names.shown(keys[names.key(uri)])} differ in case only: send the pictures themselves."
            )
            gathered.problems.append(cell(0, Field.IMAGE, said, "name_twice"))
    gathered.read(read_rows(rows, rules_of(collection, known)))
    gathered.assets = {row.image: known[row.image] for row in gathered.rows}
    return gathered


def _addresses(rows: Sequence[Any]) -> list[str]:
    """Whatever the rows have in the column of the picture, each once."""
    cells = (
        value for row in rows if isinstance(row, Mapping) for head, value in row.items() if meaning(str(head)) is Field.IMAGE
    )
    return list(dict.fromkeys(value.strip() for value in cells if isinstance(value, str)))


def _elsewhere(collection: Collection, uri: str) -> Asset | None:
    """`ipfs://CID/…/NAME.png`, whose kind is known by its extension; None for anything else."""
    root, _, rest = uri.removeprefix("ipfs://").partition("/")
    media = of_extension(rest)
    if not uri.startswith("ipfs://") or media is None or len(uri) > 255 or not _is_cid(root):
        return None
    return Asset(collection=collection, name=uri, media_type=media.value, size=0)


def _is_cid(text: str) -> bool:
    try:
        Cid.parse(text)
    except CidError:
        return False
    return True
