"""A collection's files as they arrive in a form: each is written to the disk while it is read, and is whole in memory never."""

import re
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from uuid_utils.compat import uuid7

from mints import names, staging
from mints.staging import Staged
from orders.intake import FieldError

SHEET, IMAGES, ARCHIVE = "sheet", "images", "archive"  # the form's files
COLLECTION, ROWS = "collection", "rows"  # its fields, which are JSON
_LONGEST_NAME = 255  # bytes, as file systems have it
_CONTROL = re.compile(r"[\x00-\x1f\x7f/]")


class NoRoom(APIException):
    """The disk does not take the files."""

    status_code = 503
    default_code = "try_again"
    default_detail = "The files cannot be stored right now. Try again later with the same Idempotency-Key."
    wait = 60  # seconds


@dataclass(slots=True)
class Incoming:
    """What one form brought. `pictures` by their names; `problems` are of files that cannot be taken."""

    collection: UUID = field(default_factory=uuid7)
    fields: dict[str, str] = field(default_factory=dict)
    sheet: Path | None = None
    archive: Path | None = None
    pictures: dict[str, Staged] = field(default_factory=dict)
    problems: list[FieldError] = field(default_factory=list)
    _known: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, file: Path) -> None:
        """A picture, called so by its sender, that lies in the folder under another name. Raises OSError."""
        staged = staging.take(file)
        if (other := self._known.setdefault(names.key(name), name)) != name or name in self.pictures:
            said = f"{names.shown(name)} and {names.shown(other)} are the same name to some computers."
            self.problems.append(FieldError(IMAGES, said, "name_twice"))
        elif not 0 < len(name.encode("utf-8", "replace")) <= _LONGEST_NAME or name in (".", "..") or _CONTROL.search(name):
            self.problems.append(FieldError(IMAGES, f"{names.shown(name)} is no name of a file.", "name"))
        else:
            self.pictures[name] = staged

    @property
    def said(self) -> list[Any]:
        """What stands for all of it in the request's hash: the fields, and each file by its name and content."""
        files = [(name, staged.sha256) for name, staged in sorted(self.pictures.items())]
        whole = [staging.digests(each)[0] if each else "" for each in (self.sheet, self.archive)]
        return [self.fields, files, whole]


class FormParser(BaseParser):
    """multipart/form-data with a collection in it. Nothing is left on the disk if it cannot be read.

    Raises ParseError, NoRoom.
    """

    media_type = "multipart/form-data"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """An `Incoming`."""
        incoming = Incoming()
        try:
            self._read(stream, parser_context["request"].META, incoming)
        except BaseException as error:
            staging.discard(incoming.collection)
            if isinstance(error, MultiPartParserError):
                raise ParseError(f"The form cannot be read: {error}") from error
            if isinstance(error, OSError):
                raise NoRoom from error
            raise
        return incoming

    def _read(self, stream: Any, headers: Any, incoming: Incoming) -> None:
        with closing(Writer(incoming)) as writer:
            fields, _ = MultiPartParser(headers, stream, [writer], "utf-8").parse()
        incoming.fields = {name: str(fields[name]) for name in fields}


class Writer(FileUploadHandler):
    """Writes each file where it stays."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__()
        self._incoming = incoming
        self._folder = staging.begin(incoming.collection)
        self._file: BinaryIO | None = None
        self._path = self._folder / "arriving"

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.close()
        name = str(self.field_name)
        first = name in (SHEET, ARCHIVE) and getattr(self._incoming, name) is None
        self._path = self._folder / (name if first else "arriving")
        self._file = self._path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._file is not None
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Nothing is handed on: whoever reads the form asks `Incoming`."""
        self.close()
        incoming, name = self._incoming, str(self.field_name)
        if name == IMAGES:
            incoming.add(self.file_name or "", self._path)
        elif name == SHEET and incoming.sheet is None:
            incoming.sheet = self._path
        elif name == ARCHIVE and incoming.archive is None:
            incoming.archive = self._path
        else:
            incoming.problems.append(FieldError(name, "There is no such file, or there is one already.", "unknown"))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
