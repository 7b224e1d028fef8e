"""What programs made with Anchor check before they begin, and how they say what is wrong."""

from collections.abc import Iterator, Sequence
from enum import Enum

from solders.pubkey import Pubkey

from local.solana.model.machine import Call, Custom, Meta


class Code(Enum):
    """Number and words of an error; its name as the log has it."""

    InstructionFallbackNotFound = 101, "Fallback functions are not supported"
    InstructionDidNotDeserialize = 102, "The program could not deserialize the given instruction"
    ConstraintMut = 2000, "A mut constraint was violated"
    ConstraintZero = 2001, "Expected zero account discriminant"
    ConstraintOwner = 2004, "An owner constraint was violated"
    ConstraintRentExempt = 2005, "A rent exemption constraint was violated"
    ConstraintSeeds = 2006, "A seeds constraint was violated"
    AccountDiscriminatorMismatch = 3002, "8 byte discriminator did not match what was expected"
    AccountNotEnoughKeys = 3005, "Not enough account keys given to the instruction"
    AccountOwnedByWrongProgram = 3007, "The given account is owned by a different program than expected"
    InvalidProgramId = 3008, "Program ID was not as expected"
    AccountNotSigner = 3010, "The given account did not sign"
    AccountNotInitialized = 3012, "The program expected this account to be already initialized"


def error(code: Enum, account: str = "", sides: tuple[Pubkey, Pubkey] | None = None, *, in_line: bool = False) -> Custom:
    """To be raised. `sides` are what was found and what was expected."""
    number, words = code.value
    where = f"caused by account: {account}" if account else "occurred"
    line = f"AnchorError {where}. Error Code: {code.name}. Error Number: {number}. Error Message: {words}."
    lines = [line]
    if sides and in_line:
        lines += [f"Left: {sides[0]}", f"Right: {sides[1]}"]
    elif sides:
        lines += ["Left:", str(sides[0]), "Right:", str(sides[1])]
    return Custom(number, *(f"Program log: {each}" for each in lines))


class Accounts:
    """An instruction's accounts in their order; what is not there, or not what it should be, raises Custom."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._metas: Iterator[Meta] = iter(call.metas)

    def any(self, name: str) -> Meta:
        meta = next(self._metas, None)
        if meta is None:
            raise error(Code.AccountNotEnoughKeys, name)
        return meta

    def signer(self, name: str) -> Meta:
        meta = self.any(name)
        if not meta.signs:
            raise error(Code.AccountNotSigner, name)
        return meta

    def optional(self, name: str) -> Meta | None:
        """None when the program itself is named instead."""
        meta = self.any(name)
        return None if meta.key == self._call.program else meta

    def optional_signer(self, name: str) -> Meta | None:
        meta = self.optional(name)
        if meta is not None and not meta.signs:
            raise error(Code.AccountNotSigner, name)
        return meta

    def program(self, name: str, expected: Pubkey) -> Pubkey:
        meta = self.any(name)
        if meta.key != expected:
            raise error(Code.InvalidProgramId, name, (meta.key, expected))
        return meta.key

    def owned(self, name: str, owner: Pubkey, discriminator: bytes = b"") -> Meta:
        """An account with data of a program."""
        meta = self.any(name)
        state = self._call.state(meta.key)
        if not state.lamports:
            raise error(Code.AccountNotInitialized, name)
        if state.owner != owner:
            raise error(Code.AccountOwnedByWrongProgram, name, (state.owner, owner))
        if not state.data.startswith(discriminator):
            raise error(Code.AccountDiscriminatorMismatch, name)
        return meta

    def rest(self) -> Sequence[Meta]:
        return list(self._metas)


def must_write(meta: Meta, name: str) -> None:
    if not meta.writes:
        raise error(Code.ConstraintMut, name)


def must_derive(key: Pubkey, name: str, expected: Pubkey) -> None:
    if key != expected:
        raise error(Code.ConstraintSeeds, name, (key, expected))
