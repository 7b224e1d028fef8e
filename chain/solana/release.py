"""Out of quarantine on Solana: when two people may let a wallet go on, and from where."""

from chain.errors import ChainError, fault_of
from chain.models import Wallet
from chain.solana.witnesses import Course, fate_of, hear
from chain.steering import NotSettled

SETTLED = (Course.LANDED, Course.FAILED, Course.EXPIRED)


def settled_number(wallet: Wallet) -> int:
    """Our own count of the wallet's transactions, once all nodes say of each open one what became of it, for good.

    Raises NotSettled. One that may still land could do so after people have counted the leaves of its tree.
    """
    transactions = list(wallet.transactions.open().order_by("nonce").prefetch_related("attempts"))
    hashes = [attempt.hash for transaction in transactions for attempt in transaction.attempts.all()]
    said = hear(wallet.network, hashes, [])
    if not said:
        raise NotSettled("No node is configured for its network.")
    for number, statement in enumerate(said, 1):
        if isinstance(statement, ChainError):
            raise NotSettled(f"Node {number} of {len(said)} {fault_of(statement)}, so nothing is certain.")
    statements = [each for each in said if not isinstance(each, ChainError)]
    for transaction in transactions:
        if fate_of(transaction, statements).course not in SETTLED:
            raise NotSettled(
                f"Transaction number {transaction.nonce} may still land, or not all nodes know yet that it has. "
                "It lands or expires within about a minute; try again then."
            )
    return wallet.next_nonce or 0
