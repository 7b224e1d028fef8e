"""What can go wrong between us and a chain, as types; and the one table that reads a node's words.

Node wordings differ by client and version. They are matched here and nowhere else: the lane sees a
`SendAnswer`, never a message. A wording that is not in the table is `UNKNOWN`, which means *possibly sent*.
"""

import re
from enum import StrEnum


class ChainError(Exception):
    """Something about the chain went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class RpcUnavailable(ChainError):
    """The node could not be asked: time-out, reset, HTTP error or garbage. The outcome is unknown."""


class RpcError(ChainError):
    """The node answered with an error."""

    def __init__(self, message: str, *, code: int = 0, data: object = None) -> None:
        super().__init__(_printable(_LONG_HEX.sub(r"\1…", redact(message))))
        self.code = code
        self.data = data


class Reverted(RpcError):
    """The EVM stopped the call: a revert, or a failure of its own such as out of gas.

    `data` is the revert data (an ABI-encoded error); empty when there is none.
    """

    data: bytes

    def __init__(self, message: str, *, code: int = 3, data: bytes = b"") -> None:
        super().__init__(message, code=code, data=data)


class WrongChain(ChainError):
    """The node serves another chain than the network is configured for."""

    def __init__(self, expected: int, got: int) -> None:
        super().__init__(f"The node serves chain {got}, but this network is chain {expected}.")
        self.expected = expected
        self.got = got


class WrongCluster(WrongChain):
    """The node serves another cluster of Solana than the network is configured for."""

    def __init__(self, expected: str, got: str) -> None:
        ChainError.__init__(self, f"The node serves the cluster {got}, but this network is {expected}.")


class NodesDisagree(ChainError):
    """The nodes of this network tell different stories, and money waits until they agree."""


class LaneLost(ChainError):
    """Another holder has opened this lane since: its fence moved on."""


class LaneBusy(ChainError):
    """Another process holds this lane."""


def fault_of(error: ChainError) -> str:
    """What a node did, in words without the error's own text, which may name the node: clients read this too."""
    if isinstance(error, WrongChain):
        return "serves another chain"
    return "refuses the question" if isinstance(error, RpcError) else "does not answer"


class SendAnswer(StrEnum):
    """What a node said to a signed transaction, and what the lane does about it.

    Only ACCEPTED and KNOWN say that the bytes are in a pool; nothing here says that they are in none.
    """

    ACCEPTED = "accepted"  # The node took it. The lane waits for the receipt.
    KNOWN = "known"  # These very bytes are in its pool already. As ACCEPTED.
    NONCE_LOW = "nonce_low"  # The nonce is spent, by us or by others. Look up every hash of that nonce.
    NONCE_HIGH = "nonce_high"  # An earlier nonce is missing there. Send that first, then these bytes again.
    REPLACEMENT_UNDERPRICED = "replacement_underpriced"  # Another one holds this nonce. Look up, then bump.
    UNDERPRICED = "underpriced"  # Too cheap for this node today. Bump within the ceiling, else wait.
    FUNDS = "funds"  # The wallet cannot pay. It pauses until it is topped up; the same bytes go again.
    POOL_FULL = "pool_full"  # No room in the pool now. The same bytes later.
    FEE_CAP = "fee_cap"  # The node's own cap on a fee. An operator raises it; the same bytes later.
    INVALID = "invalid"  # Malformed by this node's rules. People look: our checks should have prevented it.
    RESERVED = "reserved"  # The account may not have it in the pool (mixed types, EIP-7702). People look.
    REVERTED = "reverted"  # It tries out before it takes (Arbitrum, Hedera). Possibly sent; simulate.
    UNKNOWN = "unknown"  # Time-out, garbage, or words we do not know. Possibly sent: the same bytes again.


# First match wins, on the lower-cased message: narrow wordings stand above the wide ones that contain them.
# Sources: go-ethereum core/txpool/errors.go and core/error.go, erigon txpoolcfg, Nethermind
# AcceptTxResult.cs, Besu TransactionInvalidReason and RpcErrorType, bor, nitro, anvil eth/error.rs, Parity,
# Sei, and the collection in chainlink-evm pkg/client/errors.go. Nethermind's names come with and without
# spaces.
_WORDINGS = {
    # First, since the contract's own words follow it and may say anything: "execution reverted: nonce too
    # low"
    SendAnswer.REVERTED: (r"execution reverted", r"vm execution error", r"vm exception"),
    SendAnswer.REPLACEMENT_UNDERPRICED: (
        r"replacement transaction underpriced",
        r"replacement ?not ?allowed",
        r"own ?nonce ?already ?used",
        r"could not replace existing",
        r"future transaction tries to replace pending",
        r"another transaction with same nonce",
    ),
    SendAnswer.KNOWN: (
        r"already ?known",
        r"(?:^|: )known transaction",  # never "unknown transaction"
        r"already imported",
        r"tx already exists in cache",
        r"already in (?:the )?(?:mem)?pool",
    ),
    SendAnswer.NONCE_HIGH: (
        r"nonce too high",
        r"nonce ?gap",
        r"nonce ?too ?far ?in ?(?:the ?)?future",
        r"nonce is too distant",
        r"exceeds next nonce",
        r"nonce out of range",
        r"gapped-nonce",
    ),
    SendAnswer.NONCE_LOW: (
        r"nonce (?:is )?too low",
        r"nonce below",
        r"old ?nonce",
        r"invalid transaction nonce",  # Arbitrum says it for too low and for too high
        r"incorrect account sequence",
    ),
    SendAnswer.FEE_CAP: (r"exceeds the configured cap", r"transaction fee cap exceeded", r"txfeecap"),
    SendAnswer.FUNDS: (
        r"insufficient ?funds",
        r"insufficient balance",
        r"upfront cost exceeds",
        r"would cause overdraft",
        r"(?:doesn't have|not) enough (?:funds|balance)",
    ),
    SendAnswer.INVALID: (
        r"intrinsic ?gas",
        r"exceeds (?:the )?(?:current )?(?:block )?gas ?limit",
        r"gas ?limit ?(?:exceeded|too high)",
        r"gas limit is (?:too high|above)",
        r"exceeds (?:the )?max(?:imum)? (?:transaction |tx )?gas",
        r"oversized ?data",
        r"max (?:init)?code size exceeded",
        r"rlp:",
        r"invalid ?(?:sender|chain ?id|transaction v, r, s)",
        r"(?:wrong|incorrect|mismatched) chain ?id",
        r"chain ?id (?:does not match|mismatch)",
        r"gas (?:uint64|limit)? ?overflow",
        r"floor data gas",
        r"insufficient gas for floor",
        r"priority ?fee ?per ?gas (?:higher|greater|exceeds)",
        r"transaction type not (?:supported|enabled)",
        r"only replay-protected",
        r"negative value",
        r"sender not an eoa",
    ),
    SendAnswer.RESERVED: (
        r"already reserved",
        r"pending type conflict",
        r"pending ?txs? ?of ?conflicting ?type",
        r"in-flight transaction limit",
    ),
    SendAnswer.UNDERPRICED: (
        r"under-?priced",
        r"gas price (?:is )?(?:below|too low)",
        r"below (?:the )?(?:configured )?minimum",
        r"fee ?too ?low",
        r"(?:less|lower) than (?:the )?block base ?fee",
        r"below (?:the )?(?:current )?base ?fee",
    ),
    SendAnswer.POOL_FULL: (
        r"pool is full",
        r"queue (?:is )?full",
        r"account limit exceeded",
        r"too many pending transactions",
    ),
}
_COMPILED = {answer: re.compile("|".join(wordings)) for answer, wordings in _WORDINGS.items()}


def classify(error: ChainError) -> SendAnswer:
    """Read a node's refusal of a signed transaction; anything not in the table is UNKNOWN (possibly sent)."""
    if isinstance(error, Reverted):
        return SendAnswer.REVERTED
    if not isinstance(error, RpcError):
        return SendAnswer.UNKNOWN
    message = str(error).lower()
    return next((answer for answer, words in _COMPILED.items() if words.search(message)), SendAnswer.UNKNOWN)


_EVM_FAILED = re.compile(
    r"execution reverted|vm execution error|vm exception|^revert|out ?of ?gas|evm error"
    r"|invalid ?(?:opcode|jump|fe)|bad (?:instruction|jump)|stack ?(?:under|over)flow"
)
_REVERT_CODES = {3, -32015}  # 3: execution-apis, geth, anvil; -32015: Nethermind, Parity, eth_simulateV1


def evm_failed(code: int, message: str) -> bool:
    """Whether a node's error is the EVM's verdict on a call, and not a fault of the node or of the request."""
    return code in _REVERT_CODES or _EVM_FAILED.search(message.lower()) is not None


_UNSUPPORTED = re.compile(
    r"method not found|not supported|unsupported|does not exist|is not available|not implemented"
    r"|unknown method|not whitelisted|too many arguments"
)
_UNSUPPORTED_CODES = {-32601, -32602, -32004}  # EIP-1474: no such method, invalid params, not supported


def unsupported(error: RpcError) -> bool:
    """Whether the node cannot do what was asked at all (no such method or parameter)."""
    return error.code in _UNSUPPORTED_CODES or _UNSUPPORTED.search(str(error).lower()) is not None


_OVERLOADED_CODES = {429, -32005}  # HTTP's code inside a JSON-RPC error; EIP-1474 "limit exceeded"


def overloaded(error: RpcError) -> bool:
    """Whether the node turned the request away unread, so that another one should be asked."""
    return error.code in _OVERLOADED_CODES


# A node that refuses a transaction may quote it: whoever reads signed bytes can send them.
_LONG_HEX = re.compile(r"(0x[0-9a-fA-F]{8})[0-9a-fA-F]{150,}")
# Scheme, user and password, host and port, the rest up to a blank, quote or closing bracket.
_URL = re.compile(r"(\w[\w+.-]*://)(?:[^\s/@'\"]*@)?([^\s/?#'\")\]>]+)[^\s'\")\]>]*")


def _printable(text: str) -> str:
    """Without control characters: anvil prints revert data raw, and PostgreSQL stores no NUL in text."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:500]


def redact(text: str) -> str:
    """Cut every URL in a text down to scheme and host: keys of node providers live in user, path and query."""
    return _URL.sub(r"\1\2/…", text)
