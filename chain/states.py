"""The states of the chain room, as data. `docs/state_machine.md` draws them; a test compares the two and the database."""

from django.db.models import TextChoices


class Family(TextChoices):
    """How a network works: accounts with nonces and an EVM, or Solana's programs and blockhashes."""

    EVM = "evm", "EVM"
    SOLANA = "solana", "Solana"


class TransactionStatus(TextChoices):
    """How far one transaction has come.

    SIGNED  bytes are committed; nobody is known to have them. A crash leaves them to be sent as they are.
    SENT    a node has, or may have, the bytes. Only a receipt moves it on.
    MINED   a receipt exists in a block that may still leave the chain.
    FINAL   the block is deep enough. Nothing moves it again.
    """

    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"


class Outcome(TextChoices):
    """What a final transaction came to."""

    SUCCEEDED = "succeeded"
    REVERTED = "reverted"
    CANCELLED = "cancelled", "cancelled (our empty transaction took the nonce)"
    FOREIGN = "foreign", "foreign (somebody else's transaction took the nonce)"
    EXPIRED = "expired", "expired (no block took it in time, and none can any more)"


class RequestOutcome(TextChoices):
    """What became of a request that a sponsor's transaction carried. Empty while anything may still become of it.

    EXECUTED  by that transaction; what it did for its order, the order's own event tells.
    FAILED    by that transaction, and the call inside reverted.
    EXPIRED   by nobody: its deadline was over first.
    TAKEN     its nonce was used by something else, which may have been somebody who had seen the request.
    """

    EXECUTED = "executed"
    FAILED = "failed", "executed, and its call failed"
    EXPIRED = "expired", "executed by nobody before its deadline"
    TAKEN = "taken", "its nonce was used by a transaction not made here"


class AttemptKind(TextChoices):
    """Why these bytes were signed: the first time, again with higher fees, or to take the nonce without paying."""

    ORIGINAL = "original"
    BUMP = "bump"
    CANCEL = "cancel"


class WalletStatus(TextChoices):
    """ACTIVE sends; PAUSED signs nothing new but looks after what is in flight; QUARANTINED sends nothing at all."""

    ACTIVE = "active"
    PAUSED = "paused"
    QUARANTINED = "quarantined"


class Waiting(TextChoices):
    """Why a wallet signs nothing new right now. Empty when nothing holds it up."""

    GAS = "gas", "gas price above the ceiling"
    FUNDS = "funds", "not enough coin for gas"
    RPC = "rpc", "no node answers"
    NODE = "node", "the node refuses the transaction"
    SIGNER = "signer", "the key cannot be used"
    BEHIND = "behind", "the node has not seen all of the chain"
    CLOCK = "clock", "this host's clock is wrong"
    MAINTENANCE = "maintenance", "nothing is sent until a person has looked"
    FORWARDER = "forwarder", "sponsored orders cannot be signed"


class Environment(TextChoices):
    """How much a network's coins are worth. Raw keys are allowed on DEVELOPMENT only."""

    DEVELOPMENT = "development"
    TESTNET = "testnet"
    MAINNET = "mainnet"


# EIP-155 ids of chains whose coins are worth money, as far as they are widely known (chainlist.org): none of them can be marked
# DEVELOPMENT, which would let a raw key sign and a node on this machine be asked.
REAL_MONEY = (
    1, 10, 14, 25, 30, 40, 42, 50, 56, 100, 106, 130, 137, 146, 169, 204, 250, 252, 288, 324, 480, 592, 999, 1088, 1101, 1135,
    1284, 1285, 1329, 1514, 1868, 2020, 2222, 5000, 7700, 8217, 8453, 33139, 34443, 42161, 42170, 42220, 43114, 48900, 57073,
    59144, 60808, 80094, 81457, 167000, 534352, 7777777, 1313161554, 1666600000,
)  # fmt: skip

# The same for clusters of Solana, by their genesis hash: mainnet-beta.
REAL_CLUSTERS = ("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",)

OPEN = (TransactionStatus.SIGNED, TransactionStatus.SENT, TransactionStatus.MINED)
UNMINED = (TransactionStatus.SIGNED, TransactionStatus.SENT)

# Backwards goes only MINED -> SENT, by a reorganisation of the chain.
TRANSACTION_MOVES: dict[TransactionStatus, tuple[TransactionStatus, ...]] = {
    TransactionStatus.SIGNED: (TransactionStatus.SENT, TransactionStatus.MINED, TransactionStatus.FINAL),
    TransactionStatus.SENT: (TransactionStatus.MINED, TransactionStatus.FINAL),
    TransactionStatus.MINED: (TransactionStatus.SENT, TransactionStatus.FINAL),
    TransactionStatus.FINAL: (),
}
