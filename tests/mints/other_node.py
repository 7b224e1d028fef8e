"""A node, or a provider that speaks a part of a node's RPC, which cuts files in another way. Real nodes: tests/ipfs."""

import json
from typing import Any
from urllib.parse import unquote

from mints.ipfs.cid import Cid, Codec
from tests.mints.services import Asked, Model, Reply

OTHER = str(Cid.of(b"cut in another way", Codec.DAG_PB, 1))


class OtherNode(Model):
    """`imports`: whether it has dag/import. `lines`: what it answers to `add`; unless given, as one that cuts differently."""

    def __init__(self, *, imports: bool = True) -> None:
        super().__init__()
        self.imports = imports
        self.lines: list[dict[str, Any]] = []
        self.pin_error = ""
        self.pinned: set[str] = set()

    def answer(self, asked: Asked) -> Reply:
        match asked.path:
            case "/api/v0/pin/ls" if asked.query["arg"] in self.pinned:
                return Reply(body={"Keys": {asked.query["arg"]: {"Type": "recursive"}}})
            case "/api/v0/pin/ls":
                return Reply(500, {"Message": f"path '{asked.query['arg']}' is not pinned", "Code": 0, "Type": "error"})
            case "/api/v0/add":
                root = unquote(asked.parts[0].filename)
                lines = self.lines or [{"Name": f"{root}/a", "Hash": "bafy", "Size": "1"}, {"Name": root, "Hash": OTHER}]
                return Reply(body="\n".join(map(json.dumps, lines)))
            case "/api/v0/dag/import" if self.imports:
                return self._import(asked)
            case _:
                return Reply(404, "404 page not found")

    def _import(self, asked: Asked) -> Reply:
        """The root is where every CAR of one root has it."""
        root = str(Cid.unpack(asked.parts[0].data[14:50]))
        self.pinned.add(root)
        return Reply(body={"Root": {"Cid": {"/": root}, "PinErrorMsg": self.pin_error}})
