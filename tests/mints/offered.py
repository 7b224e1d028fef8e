"""What a client sends for a collection: a sheet, small pictures, and the press that staff have set up for it."""

import io
import json
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from chain.solana.wanted import Program
from chain.states import Family
from mints import staging
from mints.incoming import Incoming
from mints.models import Press, Standard
from tests.api.conftest import V1, Caller
from tests.factories import CONTRACT, an_address, make_network, make_wallet
from tests.orders.solana.rows import somebody


def make_press(**over: Any) -> Press:
    wallet = over.pop("wallet", None) or make_wallet()
    values: dict[str, Any] = {
        "name": f"press {secrets.token_hex(3)}", "standard": Standard.ERC721, "contract": CONTRACT,
        "function": "safeMint(address,uint256)", "arguments": ["{recipient}", "{token_id}"],
    }  # fmt: skip
    return Press.objects.create(wallet=wallet, **{**values, **over})


def make_tree_press(program: Program = Program.MINT_V2, **over: Any) -> Press:
    """Of compressed NFTs; its network is not there."""
    network = make_network(family=Family.SOLANA, chain_id=None, genesis_hash=somebody(), currency="SOL")
    wallet = make_wallet(network=network, address=somebody(), signer="keypair:none.json")
    values = {"name": f"press {secrets.token_hex(3)}", "standard": Standard.COMPRESSED, "program": program}
    return Press.objects.create(wallet=wallet, **{**values, **over})


@lru_cache(maxsize=64)
def a_picture(shade: int = 0) -> bytes:
    """A small PNG, another one for each shade."""
    file = io.BytesIO()
    Image.new("RGB", (4, 3), (shade % 256, shade // 256, 7)).save(file, "PNG")
    return file.getvalue()


def pictures(count: int) -> dict[str, bytes]:
    return {f"{number}.png": a_picture(number) for number in range(count)}


def rows(count: int, **over: Any) -> list[dict[str, Any]]:
    """A row for each of the pictures of `pictures`."""
    return [
        {"name": f"Badge {number}", "image": f"{number}.png", "wallet": an_address(), "Rank": number, **over}
        for number in range(count)
    ]


def sheet(lines: Sequence[Mapping[str, Any]]) -> bytes:
    header = list(dict.fromkeys(name for line in lines for name in line))
    cells = [header, *([str(line.get(name, "")) for name in header] for line in lines)]
    return "\n".join(",".join(line) for line in cells).encode()


def a_zip(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def about(press: Press, /, **over: Any) -> dict[str, Any]:
    return {"press": press.name, "name": "Badges", "symbol": "BDG", "description": "All of them.", **over}


def form(
    press: Press, lines: Sequence[Mapping[str, Any]] | None = None, files: Mapping[str, bytes] | None = None, /, **over: Any
) -> dict[str, Any]:
    """The parts of a form. `lines` None: three good rows."""
    lines = rows(3) if lines is None else lines
    files = pictures(len(lines)) if files is None else files
    return {
        "collection": json.dumps(about(press, **over)),
        "sheet": SimpleUploadedFile("badges.csv", sheet(lines)),
        "images": [SimpleUploadedFile(name, data) for name, data in files.items()],
    }


def send(caller: Caller, parts: Mapping[str, Any], *, key: str = "") -> Any:
    headers = {**caller.headers, "Idempotency-Key": key or uuid4().hex}
    return caller.browser.post(f"{V1}/collections", parts, headers=headers)


def again(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The same parts, to be read once more."""
    for part in parts.values():
        for each in part if isinstance(part, list) else [part]:
            if hasattr(each, "seek"):
                each.seek(0)
    return dict(parts)


def incoming(files: Mapping[str, bytes]) -> Incoming:
    """Pictures as a form has brought them."""
    came = Incoming()
    folder = staging.begin(came.collection)
    for name, data in files.items():
        (folder / "arriving").write_bytes(data)
        came.add(name, folder / "arriving")
    return came
