"""The errors of the JSON-RPC interface, with the numbers and words of a real node."""

from typing import Any

PARSE, METHOD, PARAMS, INTERNAL = -32700, -32601, -32602, -32603
PREFLIGHT, SIGNATURE, BEHIND, VERSION, MIN_SLOT = -32002, -32003, -32005, -32015, -32016

_WORDS = {
    "BlockhashNotFound": "Blockhash not found",
    "AlreadyProcessed": "This transaction has already been processed",
    "AccountNotFound": "Attempt to debit an account but found no record of a prior credit.",
    "InsufficientFundsForFee": "Insufficient funds for fee",
    "InvalidAccountForFee": "This account may not be used to pay transaction fees",
    "ProgramAccountNotFound": "Attempt to load a program that does not exist",
    "SanitizeFailure": "Transaction failed to sanitize accounts offsets correctly",
    "AddressLookupTableNotFound": "Transaction loads an address table account that doesn't exist",
    "InvalidAddressLookupTableData": "Transaction loads an address table account with invalid data",
    "InvalidAddressLookupTableIndex": "Transaction address table lookup uses an invalid index",
    "ComputationalBudgetExceeded": "Computational budget exceeded",
    "ProgramFailedToComplete": "Program failed to complete",
    "MissingRequiredSignature": "missing required signature for instruction",
    "InvalidInstructionData": "invalid instruction data",
}


class Refusal(Exception):
    """An answer with an error instead of a result."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def encode(self) -> dict[str, Any]:
        body = {"code": self.code, "message": self.message}
        return body if self.data is None else {**body, "data": self.data}


def words(err: Any) -> str:
    """A transaction's error as a sentence."""
    if isinstance(err, str):
        return _WORDS.get(err, err)
    if "InstructionError" in err:
        number, reason = err["InstructionError"]
        return f"Error processing Instruction {number}: {_reason(reason)}"
    if "InsufficientFundsForRent" in err:
        place = err["InsufficientFundsForRent"]["account_index"]
        return f"Transaction results in an account ({place}) with insufficient funds for rent"
    return str(err)


def _reason(reason: Any) -> str:
    if isinstance(reason, dict) and "Custom" in reason:
        return f"custom program error: {reason['Custom']:#x}"
    return _WORDS.get(reason, str(reason))
