"""From what a caller sends to a stake. A forged signature, and a signature id that was taken, are refused here at the door."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from chain.calls import checksummed
from chain.errors import ChainError
from chain.fields import UINT96_MAX, UINT256_MAX
from chain.typed_data import SIGNATURE_BYTES, BadSignature, recover
from orders.intake import FieldError, Refusal, Refused, Wish, check_recipient, invalid, own_wallets
from orders.models import Order
from orders.states import Kind
from stakes.models import SIGNATURE_ID_BYTES, Stake, StakeAction, StakingContract
from withdrawals.intake import named

Body = Mapping[str, Any]

_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_COMPACT_BYTES = 64  # EIP-2098


def wishes(bodies: Sequence[Body], *, unknown: Refusal = Refusal.INVALID) -> list[Wish | Refused]:
    """One for one, with a few queries for all.

    Each body has `staking` (id, external id or address), `action`, `owner` (EIP-55), `target` and either `amount` or `stake_id`
    (integers), `signature_id` (text), `signature` (0x and hexadecimal), `external_id` and `hold`. `unknown` is how a staking
    contract that does not exist is refused.
    """
    contracts = _contracts(bodies)
    nobody = Refused(unknown, NO_CONTRACT, errors=[FieldError("staking", NO_CONTRACT, "unknown")])
    return [_wish(contracts.get(body["staking"], nobody), body) for body in bodies]


NO_CONTRACT = "There is no such staking contract."
SEVERAL = "Several staking contracts have this address: name the one that is meant by its id or external id."


def _contracts(bodies: Sequence[Body]) -> dict[str, StakingContract | Refused]:
    rows = StakingContract.objects.select_related("wallet__network").annotate(
        own=own_wallets({body["owner"] for body in bodies})
    )
    names = {body["staking"] for body in bodies}
    found: dict[str, StakingContract | Refused] = named(rows, names)
    wanted = {address: name for name in names - found.keys() if (address := _address(name))}
    for row in rows.filter(contract__in=wanted) if wanted else ():
        name = wanted[row.contract]
        found[name] = invalid("staking", SEVERAL, "ambiguous") if name in found else row
    return found


def _address(name: str) -> str | None:
    try:
        return checksummed(name)
    except ChainError:
        return None


def _wish(staking: Any, body: Body) -> Wish | Refused:
    if isinstance(staking, Refused):
        return staking
    try:
        return _stake(staking, body)
    except Refused as refused:
        return refused


def _stake(staking: Any, body: Body) -> Wish:
    """Raises Refused."""
    row = _row(body)
    row.staking = staking
    _check_owner(row, staking.own)
    _check_numbers(row)
    _check_signature(row)
    return Wish(
        Kind.STAKE, staking.wallet_id, staking.pk, row.owner, partial(_of_order, row), body["external_id"], body["hold"],
        take=partial(check_open, staking),
    )  # fmt: skip


def check_open(staking: StakingContract) -> None:
    """Raises Refused."""
    if not staking.is_open:
        raise Refused(Refusal.STAKING_CLOSED, "The staking contract is closed.")


def _row(body: Body) -> Stake:
    return Stake(
        action=StakeAction(body["action"]), owner=body["owner"], target=body["target"], stake_id=body.get("stake_id"),
        amount=body.get("amount"), signature_id=_signature_id(body["signature_id"]), signature=_signature(body["signature"]),
    )  # fmt: skip


def _of_order(row: Stake, order: Order) -> Stake:
    row.order = order
    return row


# -- fields --------------------------------------------------------------------------------------------------------------


def _signature_id(text: str) -> str:
    if not 1 <= len(text.encode()) <= SIGNATURE_ID_BYTES or not text.isprintable():
        raise invalid("signature_id", f"A printable text of 1 to {SIGNATURE_ID_BYTES} bytes (UTF-8).")
    return text


def _signature(text: str) -> bytes:
    if not _SIGNATURE.fullmatch(text):
        raise invalid("signature", "A signature is 0x and pairs of hexadecimal digits.")
    signature = bytes.fromhex(text[2:])
    if len(signature) == _COMPACT_BYTES:
        raise invalid("signature", "The compact form of 64 bytes (EIP-2098) is not supported: send the 65 bytes r, s, v.")
    if len(signature) != SIGNATURE_BYTES:
        raise invalid("signature", f"A signature has {SIGNATURE_BYTES} bytes, this one has {len(signature)}.")
    return signature


def _check_owner(row: Stake, own: Collection[str]) -> None:
    check_recipient(row.owner, own=own, contracts=(row.staking.contract,), field="owner")


def _check_numbers(row: Stake) -> None:
    _check_range("target", row.target, 0, UINT96_MAX)
    if row.action == StakeAction.STAKE:
        _check_range("amount", row.amount, 1, UINT256_MAX)
        _check_absent("stake_id", row.stake_id)
    else:
        _check_range("stake_id", row.stake_id, 0, UINT96_MAX)
        _check_absent("amount", row.amount)


def _check_range(field: str, number: int | None, lowest: int, highest: int) -> None:
    if number is None:
        raise invalid(field, "This field is required.", "required")
    if not lowest <= number <= highest:
        raise invalid(field, f"The number must be from {lowest} to 2^{highest.bit_length()} - 1.", "range")


def _check_absent(field: str, number: int | None) -> None:
    if number is not None:
        other = "a stake has an amount" if field == "stake_id" else "a restake moves all of a stake"
        raise invalid(field, f"There is no such field here: {other}.", "unknown")


# -- the signature -------------------------------------------------------------------------------------------------------


def _check_signature(row: Stake) -> None:
    """Whether the owner has signed this very action. Raises Refused."""
    try:
        signed = row.staking.digest(row.action, row.fields)
        signer = recover(signed, bytes(row.signature)) if signed else row.owner
    except BadSignature as error:
        raise _forged(str(error)) from error
    except ChainError as error:
        raise invalid("staking", f"Its message cannot be made: {error}") from error
    if signer != row.owner:
        raise _forged(FORGED)


FORGED = (
    "The owner's key has not signed this: another key has, or another action. An owner that is a contract (ERC-1271) cannot "
    "sign here."
)


def _forged(why: str) -> Refused:
    return Refused(Refusal.SIGNATURE_FORGED, why, errors=[FieldError("signature", why, "forged")])
