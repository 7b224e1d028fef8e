"""The bank of the model: fees, atomicity and rent around the programs."""

from collections.abc import Callable, Mapping
from typing import Any

from solders.account import Account
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from local.solana import fees
from local.solana.bank import Inner, Result, rent
from local.solana.model import ids
from local.solana.model.bubblegum import bubblegum
from local.solana.model.compression import compression
from local.solana.model.core import core
from local.solana.model.lookup import lookup
from local.solana.model.machine import Call, Failure, Machine, Meta, State
from local.solana.model.system import budget, noop, system
from local.solana.model.token import associated, token
from local.solana.model.token_metadata import token_metadata
from local.solana.posted import Keys, Posted, TableError

PROGRAMS: Mapping[Pubkey, Callable[[Call], None]] = {
    ids.SYSTEM: system,
    ids.COMPUTE_BUDGET: budget,
    ids.SPL_NOOP: noop,
    ids.MPL_NOOP: noop,
    ids.SPL_COMPRESSION: compression,
    ids.MPL_COMPRESSION: compression,
    ids.BUBBLEGUM: bubblegum,
    ids.CORE: core,
    ids.TOKEN: token,
    ids.ASSOCIATED: associated,
    ids.TOKEN_METADATA: token_metadata,
    ids.LOOKUP: lookup,
}
_MOST_LOGS = 10_000  # bytes


class ModelBank:
    """A `Bank` of accounts in memory."""

    def __init__(self) -> None:
        self._accounts = {key: Account(1, b"", ids.LOADER, executable=True) for key in PROGRAMS}
        self._slot = 0
        self._recent: set[int] = set()

    def account(self, key: Pubkey) -> Account | None:
        return self._accounts.get(key)

    def put(self, key: Pubkey, account: Account | None) -> None:
        if account is None or not account.lamports:
            self._accounts.pop(key, None)
        else:
            self._accounts[key] = account

    def begin(self, slot: int, hashes: list[tuple[int, bytes]], now: int) -> None:
        self._slot, self._recent = slot, {recent for recent, _ in hashes}

    def execute(self, transaction: VersionedTransaction) -> Result:
        result, states = self._run(transaction)
        for key, state in states.items():
            self.put(key, state.frozen())
        return result

    def simulate(self, transaction: VersionedTransaction) -> Result:
        result, states = self._run(transaction)
        after = {key: account for key, state in states.items() if (account := state.frozen())}
        return Result(result.err, result.logs, result.units, result.fee, result.inner, result.returned, after)

    def _run(self, transaction: VersionedTransaction) -> tuple[Result, Mapping[Pubkey, State]]:
        """What becomes of it, and the accounts that it could write, as it leaves them."""
        posted = Posted(bytes(transaction), transaction)
        message = posted.message
        try:
            keys = posted.keys(self.account, self._slot)
        except TableError as error:
            return Result(err=str(error)), {}
        if err := fees.fault(message) or self._refusal(message, fees.fee(message)):
            return Result(err=err), {}
        writable = posted.writable(keys)
        states = {key: State.of(self._accounts.get(key)) for key in keys.all}
        states[posted.payer].lamports -= fees.fee(message)
        paid = State.of(states[posted.payer].frozen())
        machine = Machine(keys.all, states, fees.budget(message).units, self._slot, self._recent, PROGRAMS)
        err, inner = _instructions(machine, posted, keys)
        err = err or self._rent_error(keys, writable, states)
        result = Result(err, truncated(machine.logs), machine.spent, fees.fee(message), inner, _returned(machine))
        return result, {posted.payer: paid} if err else {key: states[key] for key in writable}

    def _refusal(self, message: Message | MessageV0, fee: int) -> Any:
        """Why it is not even begun."""
        payer = self._accounts.get(message.account_keys[0])
        if payer is None:
            return "AccountNotFound"
        if payer.lamports < fee:
            return "InsufficientFundsForFee"
        if not _may_stay(payer, payer.lamports - fee, 0):
            return {"InsufficientFundsForRent": {"account_index": 0}}
        programs = {message.account_keys[each.program_id_index] for each in message.instructions}
        return None if programs <= PROGRAMS.keys() else "InvalidProgramForExecution"

    def _rent_error(self, keys: Keys, writable: tuple[Pubkey, ...], states: Mapping[Pubkey, State]) -> Any:
        for place, key in enumerate(keys.all):
            state = states[key]
            if key in writable and not _may_stay(self._accounts.get(key), state.lamports, len(state.data)):
                return {"InsufficientFundsForRent": {"account_index": place}}
        return None


def _may_stay(before: Account | None, lamports: int, size: int) -> bool:
    """An account keeps the rent for good or is empty; what was below it before may shrink further."""
    if lamports == 0 or lamports >= rent(size):
        return True
    below = before is not None and before.lamports < rent(len(before.data)) and len(before.data) == size
    return below and before is not None and lamports <= before.lamports


def _instructions(machine: Machine, posted: Posted, keys: Keys) -> tuple[Any, tuple[tuple[Inner, ...], ...]]:
    """The first error, and the calls below each instruction that was begun."""
    signers, writable = set(keys.own[: posted.message.header.num_required_signatures]), set(posted.writable(keys))
    groups: list[tuple[Inner, ...]] = []
    for number, instruction in enumerate(posted.message.instructions):
        named = [keys.all[place] for place in instruction.accounts]
        metas = [Meta(key, key in signers, key in writable) for key in named]
        machine.inner = []
        try:
            machine.check_length()
            machine.run(keys.all[instruction.program_id_index], metas, instruction.data)
        except Failure as failure:
            rest = len(posted.message.instructions) - number - 1
            return {"InstructionError": [number, failure.reason]}, (*groups, tuple(machine.inner), *[()] * rest)
        groups.append(tuple(machine.inner))
    return None, tuple(groups)


def _returned(machine: Machine) -> tuple[Pubkey, bytes] | None:
    return machine.returned if machine.returned and machine.returned[1] else None


def truncated(logs: list[str]) -> tuple[str, ...]:
    """As a node keeps them: no more than 10,000 bytes."""
    kept: list[str] = []
    left = _MOST_LOGS
    for line in logs:
        if len(line) >= left:
            return (*kept, "Log truncated")
        kept.append(line)
        left -= len(line)
    return tuple(kept)
