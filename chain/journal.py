"""A local file of everything that was ever sent: the memory of this host, for the day the database has lost its own.

Guarantee: what a node was given by this host stands in its journal first, on the disk (fsync). Not guaranteed: that what
stands in it was sent. Files are append-only, one a wallet and day, a JSON object a line; a torn last line was never sent.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from chain.errors import ChainError
from chain.forwarder import is_batch
from chain.models import Attempt, Transaction
from chain.requests import ForwardRequest

TAIL = 64 * 1024  # bytes; the last line is looked for in so many, then in twice as many


class JournalError(ChainError):
    """The journal of signed bytes cannot be written, and nothing is sent that is not in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed payload with its transaction and the rows it pays, as written by whoever knows them. Fees in wei per gas."""

    at: str
    wallet: str
    transaction: str
    nonce: int
    to: str
    data: str
    value: int
    gas_limit: int
    kind: str
    hash: str
    raw: str
    fee_kind: str
    max_fee: int
    tip: int
    rows: Sequence[Any] = ()
    requests: Sequence[Mapping[str, Any]] = field(default_factory=list)  # the columns of each signed request that it carries
    blockhash: str = ""  # Solana: what it is bound to, and the last height at which a block may take it
    last_valid_height: int | None = None

    @classmethod
    def of(cls, transaction: Transaction, attempt: Attempt, rows: Sequence[Any]) -> Self:
        return cls(
            at=timezone.now().isoformat(timespec="milliseconds"), wallet=str(transaction.wallet_id),
            transaction=str(transaction.pk), nonce=transaction.nonce, to=transaction.to, data=bytes(transaction.data).hex(),
            value=int(transaction.value), gas_limit=transaction.gas_limit,
            kind=attempt.kind, hash=attempt.hash, raw=bytes(attempt.raw).hex(),
            fee_kind=attempt.fee_kind, max_fee=int(attempt.max_fee), tip=int(attempt.tip), rows=rows,
            requests=_requests(transaction),
            blockhash=attempt.blockhash, last_valid_height=attempt.last_valid_height,
        )  # fmt: skip

    def as_transaction(self) -> Transaction:
        """The unsaved row of the transaction."""
        return Transaction(
            pk=UUID(self.transaction), wallet_id=UUID(self.wallet), nonce=self.nonce, to=self.to,
            data=bytes.fromhex(self.data), value=self.value, gas_limit=self.gas_limit,
        )  # fmt: skip

    def as_attempt(self) -> Attempt:
        """The unsaved row of the attempt."""
        return Attempt(
            transaction_id=UUID(self.transaction), kind=self.kind, hash=self.hash, raw=bytes.fromhex(self.raw),
            fee_kind=self.fee_kind, max_fee=self.max_fee, tip=self.tip,
            blockhash=self.blockhash, last_valid_height=self.last_valid_height,
        )  # fmt: skip

    def as_requests(self) -> list[ForwardRequest]:
        """The unsaved rows of the requests."""
        return [ForwardRequest(transaction_id=UUID(self.transaction), **row) for row in self.requests]


def _requests(transaction: Transaction) -> Sequence[Mapping[str, Any]]:
    if not is_batch(transaction.data):
        return []
    columns = ("order", "signer_id", "forwarder", "nonce", "deadline", "gas", "digest")
    return list(ForwardRequest.objects.filter(transaction=transaction).values(*columns))


def append(entries: Sequence[Entry], folder: Path | None = None) -> None:
    """Write entries of one wallet and have them on the disk when this returns. Raises JournalError."""
    if not entries:
        return
    path = (folder or settings.JOURNAL_DIR) / f"{entries[0].wallet}.{timezone.now():%Y-%m-%d}.jsonl"
    text = "".join(json.dumps(asdict(entry), separators=(",", ":"), default=str) + "\n" for entry in entries)
    try:
        _write(path, text.encode())
    except OSError as error:
        raise JournalError(f"The journal in {path.parent} cannot be written: {error.strerror}.") from error


def _write(path: Path, data: bytes) -> None:
    new = not path.exists()
    if new:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if not new and not _ends_a_line(path):
            data = b"\n" + data  # after a torn line
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    finally:
        os.close(file)
    if new:
        _sync_folder(path.parent)


def _ends_a_line(path: Path) -> bool:
    return path.stat().st_size == 0 or _tail(path, 1) == b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)  # else the new file's name may not outlive a power cut
    finally:
        os.close(handle)


def last_hash(wallet: UUID) -> str | None:
    """The hash of what this host sent last from that wallet; None when it never has."""
    for path in sorted(settings.JOURNAL_DIR.glob(f"{wallet}.*.jsonl"), reverse=True):
        if entry := _last(path):
            return entry.hash
    return None


def entries(folder: Path) -> Iterator[Entry]:
    """Everything in a journal, oldest file first, each in the order in which it was written."""
    for path in sorted(folder.glob("*.jsonl"), key=lambda path: path.name.split(".")[1:]):
        with path.open("rb") as file:
            yield from filter(None, map(_parse, file))


def _last(path: Path) -> Entry | None:
    size, length = path.stat().st_size, TAIL
    while True:
        whole = length >= size
        lines = _tail(path, length).split(b"\n")[0 if whole else 1 :]  # the first may have been cut
        if entry := next(filter(None, map(_parse, reversed(lines))), None):
            return entry
        if whole:
            return None
        length *= 2


def _tail(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length))
        return file.read()


def _parse(line: bytes) -> Entry | None:
    """None for a line that was torn, and so never sent."""
    try:
        fields: Mapping[str, Any] = json.loads(line)
        return Entry(**fields)
    except (ValueError, TypeError):
        return None
