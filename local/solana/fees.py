"""What a transaction costs before any program is asked: signatures, and the price of compute units that it offers."""

from dataclasses import dataclass
from typing import Any

from solders.message import Message, MessageV0
from solders.pubkey import Pubkey

PER_SIGNATURE = 5_000  # lamports
COMPUTE_BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
MOST_UNITS = 1_400_000
_BUILTIN = {COMPUTE_BUDGET, Pubkey.default()}
_LIMIT, _PRICE = 2, 3  # instructions of the compute budget
_SIZES = {b"\x01": 4, b"\x02": 4, b"\x03": 8, b"\x04": 4}  # bytes behind the kind of each


@dataclass(frozen=True, slots=True)
class Budget:
    """Compute units that it may use, and micro-lamports offered for each."""

    units: int
    price: int

    @property
    def priority(self) -> int:
        """In lamports."""
        return -(-self.units * self.price // 1_000_000)


def budget(message: Message | MessageV0) -> Budget:
    limit, price, default = None, 0, 0
    for instruction in message.instructions:
        program, data = message.account_keys[instruction.program_id_index], instruction.data
        default += 3_000 if program in _BUILTIN else 200_000
        if program == COMPUTE_BUDGET and data[:1] == bytes([_LIMIT]):
            limit = int.from_bytes(data[1:5], "little")
        if program == COMPUTE_BUDGET and data[:1] == bytes([_PRICE]):
            price = int.from_bytes(data[1:9], "little")
    return Budget(min(default if limit is None else limit, MOST_UNITS), price)


def fault(message: Message | MessageV0) -> Any:
    """The error of a transaction whose budget cannot be read; None if it can."""
    seen = set()
    for number, instruction in enumerate(message.instructions):
        if message.account_keys[instruction.program_id_index] != COMPUTE_BUDGET:
            continue
        kind = instruction.data[:1]
        if len(instruction.data) - 1 < _SIZES.get(kind, len(instruction.data)):
            return {"InstructionError": [number, "InvalidInstructionData"]}
        if kind in seen:
            return {"DuplicateInstruction": number}
        seen.add(kind)
    return None


def fee(message: Message | MessageV0) -> int:
    """In lamports."""
    return PER_SIGNATURE * message.header.num_required_signatures + budget(message).priority
