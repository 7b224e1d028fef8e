"""The real programs, run in this process by LiteSVM. What LiteSVM would check or remember by itself is the ledger's here."""

import json
from pathlib import Path
from typing import Any

from solders.account import Account
from solders.clock import Clock
from solders.hash import Hash
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata, SimulatedTransactionInfo, TransactionMetadata

from local.solana.bank import Inner, Result

FILES = {
    "BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY": "mpl_bubblegum.so",
    "cmtDvXumGCrqC1Age74AVPhSRVXJMd8PJS91L8KbNCK": "spl_account_compression.so",
    "noopb9bkMVfRPU8AsbpTUg8AQkHtKwMYZiFUjNRtMmV": "spl_noop.so",
    "mcmt6YrQEMKw8Mw43FmpRLmf7BqRnFMKmAcbxE3xkAW": "mpl_account_compression.so",
    "mnoopTCrg4p8ry25e4bcWA9XZjbNjMTfgYVGGEdRsf3": "mpl_noop.so",
    "metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s": "mpl_token_metadata.so",
    "CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d": "mpl_core.so",
}
_GONE = Account(0, b"", Pubkey.default())


class ProgramsMissing(RuntimeError):
    """The folder has not all programs; the message names them."""


class LiveBank:
    """LiteSVM with the programs of `folder`, or with nothing but its own. Raises ProgramsMissing."""

    def __init__(self, folder: Path | None) -> None:
        self._svm = LiteSVM().with_blockhash_check(False).with_transaction_history(0).with_sigverify(False)
        if folder is not None:
            self._add(folder)

    def _add(self, folder: Path) -> None:
        if missing := sorted(file for file in FILES.values() if not (folder / file).is_file()):
            raise ProgramsMissing(f"{folder} has not the programs {', '.join(missing)}: docs/solana.md says how to dump them.")
        for program, file in FILES.items():
            self._svm.add_program_from_file(Pubkey.from_string(program), folder / file)

    def execute(self, transaction: VersionedTransaction) -> Result:
        return _result(self._svm.send_transaction(transaction))

    def simulate(self, transaction: VersionedTransaction) -> Result:
        return _result(self._svm.simulate_transaction(transaction))

    def account(self, key: Pubkey) -> Account | None:
        return self._svm.get_account(key)

    def put(self, key: Pubkey, account: Account | None) -> None:
        self._svm.set_account(key, account or _GONE)

    def begin(self, slot: int, hashes: list[tuple[int, bytes]], now: int) -> None:
        self._svm.set_clock(Clock(slot, 0, 0, 1, now))
        self._svm.set_slot_hashes([(number, Hash(value)) for number, value in hashes])


def _result(answer: TransactionMetadata | FailedTransactionMetadata | SimulatedTransactionInfo) -> Result:
    err = json.loads(answer.to_json())["err"] if isinstance(answer, FailedTransactionMetadata) else None
    after = dict(answer.post_accounts()) if isinstance(answer, SimulatedTransactionInfo) else {}
    meta = answer if isinstance(answer, TransactionMetadata) else answer.meta()
    returned = meta.return_data()
    return Result(
        err=err,
        logs=tuple(meta.logs()),
        units=meta.compute_units_consumed(),
        fee=meta.fee() if err is None or _was_begun(err, meta) else 0,
        inner=tuple(tuple(_inner(call) for call in group) for group in meta.inner_instructions()),
        returned=(returned.program_id, bytes(returned.data)) if returned.data else None,
        after=after,
    )


def _was_begun(err: Any, meta: TransactionMetadata) -> bool:
    """LiteSVM names a fee also for what it refused beforehand, and does not take it."""
    return isinstance(err, dict) and (bool(meta.logs()) or "InstructionError" in err)


def _inner(call: Any) -> Inner:
    instruction = call.instruction()
    return Inner(instruction.program_id_index, bytes(instruction.accounts), bytes(instruction.data), call.stack_height())
