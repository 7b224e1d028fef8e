"""The system program, as far as wallets and programs here call it, and the programs that do nothing."""

from solders.pubkey import Pubkey

from local.solana.bank import rent
from local.solana.model import ids
from local.solana.model.borsh import number
from local.solana.model.machine import Call, Custom, Failure, Meta, run_known

_UNITS = 150
_CREATE, _ASSIGN, _TRANSFER, _ALLOCATE = 0, 1, 2, 8
_IN_USE, _TOO_LITTLE = 0, 1
_LARGEST = 10 * 1024 * 1024  # bytes of an account


def system(call: Call) -> None:
    """Raises Failure."""
    _spend(call)
    known = {
        _CREATE: lambda call, reader: _create(call, reader.number(8), reader.number(8), reader.key()),
        _ASSIGN: lambda call, reader: _assign(call, reader.key()),
        _TRANSFER: lambda call, reader: _transfer(call, reader.number(8)),
        _ALLOCATE: lambda call, reader: _allocate(call, call.metas[0].key, reader.number(8), "Allocate"),
    }
    run_known(call, known, 4)


def budget(call: Call) -> None:
    """What it says was read before anything ran."""
    _spend(call)


def noop(call: Call) -> None:
    """Programs call it to write something down that no log truncates."""
    call.charge(39 if call.program == ids.SPL_NOOP else 36)


def _spend(call: Call) -> None:
    """A program that is built in does not stop half-way; it is not begun."""
    if call.machine.left < _UNITS:
        call.machine.spent = call.machine.units
        raise Failure("ComputationalBudgetExceeded", "Computational budget exceeded")
    call.charge(_UNITS)


def _create(call: Call, lamports: int, space: int, owner: Pubkey) -> None:
    key = call.metas[1].key
    if call.state(key).lamports:
        raise _in_use("Create Account", key)
    _allocate(call, key, space, "Create Account")
    call.state(key).owner = owner
    _transfer(call, lamports)


def _allocate(call: Call, key: Pubkey, space: int, what: str) -> None:
    _must_sign(call, key)
    state = call.state(key)
    if state.data or state.owner != ids.SYSTEM:
        raise _in_use(what, key)
    if space > _LARGEST:
        raise Custom(3, f"Allocate: requested {space}, max allowed {_LARGEST}")
    state.data = bytearray(space)


def _assign(call: Call, owner: Pubkey) -> None:
    _must_sign(call, call.metas[0].key)
    call.state(call.metas[0].key).owner = owner


def _transfer(call: Call, lamports: int) -> None:
    payer, receiver = (call.state(meta.key) for meta in call.metas[:2])
    _must_sign(call, call.metas[0].key)
    if payer.lamports < lamports:
        raise Custom(_TOO_LITTLE, f"Transfer: insufficient lamports {payer.lamports}, need {lamports}")
    payer.lamports -= lamports
    receiver.lamports += lamports


def _must_sign(call: Call, key: Pubkey) -> None:
    if not any(meta.signs for meta in call.metas if meta.key == key):
        raise Failure("MissingRequiredSignature", "missing required signature for instruction")


def _in_use(what: str, key: Pubkey) -> Custom:
    return Custom(_IN_USE, f"{what}: account Address {{ address: {key}, base: None }} already in use")


# -- for programs that call it ---------------------------------------------------------------------------------------


def pay(call: Call, payer: Pubkey, receiver: Pubkey, lamports: int) -> None:
    """Raises Failure."""
    metas = [Meta(payer, signs=True, writes=True), Meta(receiver, writes=True)]
    call.invoke(ids.SYSTEM, metas, number(_TRANSFER, 4) + number(lamports, 8))


def create(call: Call, payer: Pubkey, key: Pubkey, size: int, *, owner: Pubkey) -> None:
    """An account of so many bytes for a program, with its rent. Raises Failure, also if there is one."""
    metas = [Meta(payer, signs=True, writes=True), Meta(key, signs=True, writes=True)]
    call.invoke(ids.SYSTEM, metas, number(_CREATE, 4) + number(rent(size), 8) + number(size, 8) + bytes(owner))


def fill_up(call: Call, payer: Pubkey, key: Pubkey, size: int, *, owner: Pubkey) -> None:
    """The same, but one that only has lamports is made use of. Raises Failure."""
    if not call.state(key).lamports:
        create(call, payer, key, size, owner=owner)
        return
    if (missing := rent(size) - call.state(key).lamports) > 0:
        pay(call, payer, key, missing)
    allocate(call, key, size)
    assign(call, key, owner)


def allocate(call: Call, key: Pubkey, size: int) -> None:
    call.invoke(ids.SYSTEM, [Meta(key, signs=True, writes=True)], number(_ALLOCATE, 4) + number(size, 8))


def assign(call: Call, key: Pubkey, owner: Pubkey) -> None:
    call.invoke(ids.SYSTEM, [Meta(key, signs=True, writes=True)], number(_ASSIGN, 4) + bytes(owner))
