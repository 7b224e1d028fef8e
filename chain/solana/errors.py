"""What the error of a transaction asks for: who can mend it, and in which words they are told. Pure.

Codes of Bubblegum (mpl-bubblegum 5.1.0) as the real program gave them; no custom code passes by itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Remedy(StrEnum):
    """Who can set it right."""

    ROW = "row"  # The item's own data: mend the row.
    FUNDS = "funds"  # The wallet has too little.
    RETRY = "retry"  # Nobody: it passes.
    PERSON = "person"  # The tree, the collection, the authority or the program.


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a transaction fails; `position` is the instruction's that failed, None where it is none's."""

    remedy: Remedy
    sentence: str
    position: int | None = None


_CODES = {
    6003: (Remedy.PERSON, "No tree has this depth and buffer."),
    6004: (Remedy.ROW, "The creators' shares do not add up to 100."),
    6006: (Remedy.ROW, "A creator is marked as verified and does not sign."),
    6012: (Remedy.ROW, "The name is longer than 32 bytes."),
    6013: (Remedy.ROW, "The symbol is longer than 10 bytes."),
    6014: (Remedy.ROW, "The URI is longer than 200 bytes."),
    6016: (Remedy.PERSON, "The wallet is neither the tree's creator nor its delegate."),
    6017: (Remedy.PERSON, "The tree is full."),
    6020: (Remedy.PERSON, "The collection cannot be marked as verified by this instruction."),
    6041: (Remedy.PERSON, "The tree's canopy is too small for its depth."),
    101: (Remedy.PERSON, "The program on this network is too old for this instruction."),
}
_INSUFFICIENT_LAMPORTS = 1  # the system program's
_NAMED = {
    "InsufficientFundsForFee": Remedy.FUNDS,
    "InsufficientFundsForRent": Remedy.FUNDS,
    "AccountNotFound": Remedy.FUNDS,  # of the payer: it has never had a lamport
    "InsufficientFunds": Remedy.FUNDS,
    "BlockhashNotFound": Remedy.RETRY,
    "AccountInUse": Remedy.RETRY,
    "WouldExceedMaxBlockCostLimit": Remedy.RETRY,
    "WouldExceedMaxAccountCostLimit": Remedy.RETRY,
    "ClusterMaintenance": Remedy.RETRY,
}
_TOO_LITTLE = "The wallet has too little SOL for it."


def fault(error: Any) -> Fault:
    """Of `err`, as nodes give it for a try-out or a failed transaction. What is not known here is for a person."""
    match error:
        case {"InstructionError": [int(position), {"Custom": int(code)}]}:
            if code == _INSUFFICIENT_LAMPORTS:
                return Fault(Remedy.FUNDS, _TOO_LITTLE, position)
            remedy, sentence = _CODES.get(code, (Remedy.PERSON, f"The program refuses it with code {code}."))
            return Fault(remedy, sentence, position)
        case {"InstructionError": [int(position), what]}:
            return Fault(Remedy.PERSON, f"The program fails: {_name(what)}.", position)
    name = _name(error)
    remedy = _NAMED.get(name, Remedy.PERSON)
    return Fault(remedy, _TOO_LITTLE if remedy is Remedy.FUNDS else f"The cluster refuses it: {name}.")


def _name(error: Any) -> str:
    return str(next(iter(error), "")) if isinstance(error, dict) else str(error)
