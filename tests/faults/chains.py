"""A node that forgets, and a chain that changes its mind."""

from chain.models import Transaction
from chain.states import TransactionStatus
from tests.faults.ground import Ground, expect, until
from tests.faults.registry import Stage, scenario


@scenario(23)
def node_restarts_empty(stage: Stage) -> str:
    """The node loses its pool while transactions wait in it: the same bytes are sent again, and all mine."""
    with stage.ground(block_time=None) as it:
        reward = it.badge()
        it.chain.request("evm_setAutomine", False)
        it.cluster()
        batches = stage.times(3, 15)
        it.order_claims(reward, batches * reward.batch_size)
        until(lambda: _in_pool(it) == batches, 30, lambda: f"all are in the node's pool ({_in_pool(it)})")
        hashes = _hashes()
        it.chain.request("anvil_dropAllTransactions")
        expect(_in_pool(it) == 0, "the pool is empty")
        it.chain.request("evm_setIntervalMining", 1)
        took = it.prove(90)
        expect(_hashes() == hashes, "nothing else was ever signed")
        return f"all {len(hashes)} transactions mined and final {took:.1f} s after they were lost"


def _in_pool(it: Ground) -> int:
    return int(it.chain.request("txpool_status")["pending"], 16)


def _hashes() -> list[str]:
    found = Transaction.objects.order_by("nonce").values_list("attempts__hash", flat=True)
    return [str(each) for each in found]


@scenario(29)
def reorg(stage: Stage) -> str:
    """Blocks with our transactions in them vanish, any depth short of finality: every order is paid exactly once."""
    with stage.ground(confirmations=8) as it:
        reward = it.badge()
        it.chain.request("anvil_mine", "0x10")  # the contract itself must stay
        it.cluster()
        lost = 0
        for _ in range(stage.times(1, 5)):
            it.order_claims(reward, 100)
            until(lambda: _mined_lately(it) > 0, 30, lambda: f"something has just mined ({it.tally()})")
            lost += _reorganise(it, stage.rng.randint(2, 7))
        took = it.prove(120)
        return f"{lost} mined transactions thrown out; all final {took:.1f} s later"


def _mined_lately(it: Ground) -> int:
    head = int(it.chain.request("eth_blockNumber"), 16)
    return Transaction.objects.filter(status=TransactionStatus.MINED, block_number__gte=head - 1).count()


def _reorganise(it: Ground, depth: int) -> int:
    """Replace the last `depth` blocks by empty ones; how many of our mined transactions that took away."""
    mined = list(Transaction.objects.filter(status=TransactionStatus.MINED).values_list("mined_hash", flat=True))
    it.chain.request("anvil_reorg", depth, [])
    gone = [tx_hash for tx_hash in mined if it.chain.request("eth_getTransactionReceipt", tx_hash) is None]
    expect(gone, "the reorganisation threw something of ours out")
    return len(gone)
