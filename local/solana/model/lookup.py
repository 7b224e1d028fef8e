"""Lookup tables: addresses that a transaction can name by one byte each."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from local.solana.bank import rent
from local.solana.model import costs, ids, system
from local.solana.model.borsh import Reader, number
from local.solana.model.machine import Call, Failure, run_known
from local.solana.posted import TABLE_HEADER

_MOST = 256
_TABLE, _FOR_GOOD = 1, 2**64 - 1


@dataclass(frozen=True, slots=True)
class _Header:
    """`before` is how many addresses there were before the slot in which it grew last."""

    extended: int
    before: int
    authority: bytes

    def encode(self) -> bytes:
        numbers = number(_TABLE, 4) + number(_FOR_GOOD, 8) + number(self.extended, 8) + number(self.before, 1)
        return (numbers + b"\x01" + self.authority).ljust(TABLE_HEADER, b"\x00")


def lookup(call: Call) -> None:
    """Raises Failure."""
    run_known(call, {0: _create, 2: _extend}, 4)


def _create(call: Call, reader: Reader) -> None:
    call.say("Instruction: CreateLookupTable")
    call.charge(costs.TABLE)
    slot, bump = reader.number(8), reader.number(1)
    table, authority, payer = (meta.key for meta in call.metas[:3])
    if slot not in call.machine.recent:
        raise _error("InvalidInstructionData", "invalid instruction data", f"{slot} is not a recent slot")
    seeds = [bytes(authority), number(slot, 8), bytes([bump])]
    if Pubkey.create_program_address(seeds, ids.LOOKUP) != table:
        raise _error("InvalidArgument", "invalid program argument", "Table address must match derived address")
    if call.state(table).owner == ids.LOOKUP:
        return
    call.charge(costs.TABLE_CREATE)
    system.pay(call, payer, table, rent(TABLE_HEADER))
    system.allocate(call, table, TABLE_HEADER)
    system.assign(call, table, ids.LOOKUP)
    call.state(table).data[:] = _Header(0, 0, bytes(authority)).encode()


def _extend(call: Call, reader: Reader) -> None:
    call.say("Instruction: ExtendLookupTable")
    call.charge(costs.TABLE)
    added = [reader.take(32) for _ in range(reader.number(8))]
    table, authority = call.metas[0].key, call.metas[1]
    data = call.state(table).data
    if data[22:54] != bytes(authority.key):
        raise _error("IncorrectAuthority", "Incorrect authority provided", "Incorrect lookup table authority")
    if not authority.signs:
        raise _error("MissingRequiredSignature", "missing required signature for instruction", "Authority must sign")
    if not added:
        words = "Must extend with at least one address"
        raise _error("InvalidInstructionData", "invalid instruction data", words)
    _grow(call, table, added)


def _grow(call: Call, table: Pubkey, added: list[bytes]) -> None:
    call.charge(costs.TABLE_GROW)
    state = call.state(table)
    before = (len(state.data) - TABLE_HEADER) // 32
    if before + len(added) > _MOST:
        words = f"Extended lookup table length {before + len(added)} would exceed max capacity of {_MOST}"
        raise _error("InvalidInstructionData", "invalid instruction data", words)
    if int.from_bytes(state.data[12:20], "little") != call.machine.slot:
        state.data[:TABLE_HEADER] = _Header(call.machine.slot, before, bytes(state.data[22:54])).encode()
    state.data += b"".join(added)
    missing = max(rent(len(state.data)) - state.lamports, 0)
    system.pay(call, call.metas[2].key, table, missing)


def _error(reason: str, words: str, line: str) -> Failure:
    return Failure(reason, words, f"Program log: {line}", f"Program log: Error: {reason}")
