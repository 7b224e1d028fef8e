"""After a quarantine: the leaves that a wallet's trees have, whoever minted them, are noted, so that the next one is seen.

Two people have looked, and their release left a doubt on the wallet (`doubt_before`). Until it is gone nothing is signed: first
all that was on its way comes to its end, with the leaves as they are now, and what waited meanwhile is held for people.
"""

from collections.abc import Mapping, Sequence

from django.db.models import F

from chain.errors import ChainError
from chain.models import Transaction
from chain.solana.lane import SolanaLane
from chain.solana.witnesses import Course, Statement, fate_of, hear
from chain.states import Waiting
from orders.doubt import hold_doubtful
from orders.groundwork import Groundwork, Work
from orders.solana.settle import noted


def adopt(lane: SolanaLane) -> bool:
    """Note the leaves of this wallet's trees as all nodes count them, where none of ours can be among those not noted yet.

    False, and nothing is noted, where nodes are silent or differ, or something of ours has landed or still may.
    """
    trees, transactions = noted(lane), lane.transactions()
    hashes = [attempt.hash for transaction in transactions for attempt in transaction.attempts.all()]
    said = hear(lane.network, hashes, list(trees))
    statements = [each for each in said if not isinstance(each, ChainError)]
    if len(statements) < len(said) or not all(_came_to_nothing(each, statements) for each in transactions):
        return False
    counts = {tree: _agreed([statement.leaves[tree] for statement in statements]) for tree in trees}
    return _note(lane, trees, counts)


def _came_to_nothing(transaction: Transaction, statements: Sequence[Statement]) -> bool:
    return fate_of(transaction, statements).course in (Course.EXPIRED, Course.FAILED)


def _agreed(counts: Sequence[int]) -> int | None:
    return counts[0] if len(set(counts)) == 1 else None


def _note(lane: SolanaLane, trees: Mapping[str, int], counts: Mapping[str, int | None]) -> bool:
    if any(count is None or count < trees[tree] for tree, count in counts.items()):
        return False
    with lane.writing():
        for tree, count in counts.items():
            rows = Groundwork.objects.filter(wallet=lane.wallet, work=Work.TREE, address=tree, leaves=trees[tree])
            rows.update(leaves=F("leaves") + (count or 0) - trees[tree])
    return True


def end_doubt(lane: SolanaLane) -> bool:
    """Hold what waited meanwhile, once nothing is on its way that could come back. False: nothing may be signed yet."""
    if lane.wallet.doubt_before is None:
        return True
    if lane.wallet.transactions.open().exists() or not adopt(lane):
        lane.wait(Waiting.BEHIND, "Since the release nodes do not all say yet what became of all that was sent")
        return False
    hold_doubtful(lane)
    return True
