"""Revert data as a sentence that staff can act on. Pure; never raises, as the data is anybody's."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from chain.calls import CodecError, Signature

LONGEST_REASON = 300  # characters of a contract's own words
LONGEST_BYTES = 32  # bytes of raw data shown

_ERROR = Signature.parse("Error(string reason)")
_PANIC = Signature.parse("Panic(uint256 code)")

# https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require
_PANICS = {
    0x00: "generic compiler panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division or modulo by zero",
    0x21: "value is not a member of the enum",
    0x22: "storage byte array is wrongly encoded",
    0x31: "pop from an empty array",
    0x32: "array index out of bounds",
    0x41: "too much memory allocated",
    0x51: "call of an uninitialised function pointer",
}

_STANDARD = """
ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)
ERC20InvalidSender(address sender)
ERC20InvalidReceiver(address receiver)
ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)
ERC20InvalidApprover(address approver)
ERC20InvalidSpender(address spender)
ERC721InvalidOwner(address owner)
ERC721NonexistentToken(uint256 tokenId)
ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)
ERC721InvalidSender(address sender)
ERC721InvalidReceiver(address receiver)
ERC721InsufficientApproval(address operator, uint256 tokenId)
ERC721InvalidApprover(address approver)
ERC721InvalidOperator(address operator)
ERC1155InsufficientBalance(address sender, uint256 balance, uint256 needed, uint256 tokenId)
ERC1155InvalidSender(address sender)
ERC1155InvalidReceiver(address receiver)
ERC1155MissingApprovalForAll(address operator, address owner)
ERC1155InvalidApprover(address approver)
ERC1155InvalidOperator(address operator)
ERC1155InvalidArrayLength(uint256 idsLength, uint256 valuesLength)
AccessControlUnauthorizedAccount(address account, bytes32 neededRole)
AccessControlBadConfirmation()
OwnableUnauthorizedAccount(address account)
OwnableInvalidOwner(address owner)
EnforcedPause()
ExpectedPause()
ReentrancyGuardReentrantCall()
SafeERC20FailedOperation(address token)
SafeERC20FailedDecreaseAllowance(address spender, uint256 currentAllowance, uint256 requestedDecrease)
AddressEmptyCode(address target)
AddressInsufficientBalance(address account)
FailedInnerCall()
InsufficientBalance(uint256 balance, uint256 needed)
FailedCall()
FailedDeployment()
MissingPrecompile(address precompile)
ERC20ExceededCap(uint256 increasedSupply, uint256 cap)
InvalidAccountNonce(address account, uint256 currentNonce)
ECDSAInvalidSignature()
ECDSAInvalidSignatureLength(uint256 length)
ECDSAInvalidSignatureS(bytes32 s)
"""  # ERC-6093 (all of it), then OpenZeppelin Contracts 5, two of them from 5.0 only


def explain(data: bytes, errors: Iterable[Signature] = ()) -> str:
    """What the contract said. `errors` are the contract's own; they win over the standard ones."""
    if not data:
        return "reverted without a reason"
    known = _standard() | {error.selector: error for error in errors}
    signature = known.get(data[:4])
    try:
        return _unknown(data) if signature is None else _render(signature, signature.decode(data))
    except CodecError:
        return _unknown(data)


def selector_of(data: bytes) -> str | None:
    """0x and the eight digits of an error's selector; None where the data is too short to have one."""
    return "0x" + data[:4].hex() if len(data) >= 4 else None


@cache
def _standard() -> dict[bytes, Signature]:
    signatures = [_ERROR, _PANIC, *(Signature.parse(line) for line in _STANDARD.split("\n") if line)]
    return {signature.selector: signature for signature in signatures}


def _unknown(data: bytes) -> str:
    selector = selector_of(data)
    return f"custom error {selector} (data {_hex(data)})" if selector else f"reverted with data {_hex(data)}"


def _render(signature: Signature, values: Sequence[Any]) -> str:
    if signature.text == _ERROR.text:
        return _words(values[0]) or "reverted with an empty reason"
    if signature.text == _PANIC.text:
        return f"panic 0x{values[0]:02x}: {_PANICS.get(values[0], 'a code Solidity does not define')}"
    pairs = zip(signature.names, values, strict=True)
    parts = (f"{name}={_value(value)}" if name else _value(value) for name, value in pairs)
    return f"{signature.name}({', '.join(parts)})"


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        return _hex(value)
    if isinstance(value, tuple | list):
        return _cut(f"[{', '.join(_value(item) for item in value)}]")
    if isinstance(value, bool):
        return "true" if value else "false"
    return _words(str(value))


def _words(text: str) -> str:
    """Printable text only: PostgreSQL cannot store NUL, and people should not be shown direction marks."""
    return _cut("".join(character if character.isprintable() else " " for character in text).strip())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


def _hex(data: bytes) -> str:
    return "0x" + data[:LONGEST_BYTES].hex() + ("…" if len(data) > LONGEST_BYTES else "")
