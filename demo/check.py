"""The proof: what the contracts say happened against what the database says, both ways. Every difference is a sentence."""

from collections import Counter
from collections.abc import Iterator, Sequence

from chain import rpc_urls
from chain.calls import ZERO_ADDRESS
from chain.cross_check import events
from chain.evm.node import Node
from chain.models import Transaction, Wallet
from chain.nodes import node_for
from chain.states import Outcome, TransactionStatus
from claims.models import Claim, Reward
from contracts import artifact
from demo import minted
from demo.leaves import Ask, no_cluster
from demo.orders import Sent
from demo.sponsored import MINTER
from demo.world import World
from orders.models import Order
from orders.states import Status
from stakes.models import StakeAction, StakingContract
from withdrawals.models import Pool, Withdrawal

# (transaction hash, recipient or payee, token, poll or target id, quantity or amount): one thing that came to be
Fact = tuple[str, str, int, int]


def differences(world: World, sent: Sequence[Sent], ask: Ask = no_cluster) -> list[str]:
    """Empty when each order ended as it had to, is on the chain exactly once or not at all, and nothing else is there.

    `ask` puts one question to the cluster of Solana.
    """
    node = node_for(world.network)
    (url,) = rpc_urls.resolve(world.network.rpc_urls)
    return [
        *_endings(sent),
        *_compare("event badges", Counter(_badges721(url, world.badge721)), Counter(_claimed721(world.badge721))),
        *_compare("season passes", Counter(_badges1155(url, world.badge1155)), Counter(_claimed1155(world.badge1155))),
        *_compare("polls", Counter(_polls(url, world.asset_pool)), Counter(_proposed(world.asset_pool))),
        *_compare("pool payments", Counter(_pool_payments(url, world.asset_pool)), Counter(_paid(world.asset_pool))),
        *_compare("payouts", Counter(_payouts(url, world.token_pool)), Counter(_paid(world.token_pool))),
        *_compare("sponsored badges", Counter(_badges721(url, world.sponsored)), Counter(_claimed721(world.sponsored))),
        *_coinless(node, world),
        *_compare("stakes", Counter(_stakes(url, world.staking)), Counter(_staked(world.staking))),
        *_nonces(node, world),
        *(line for collection in world.collections for line in minted.differences(collection, ask)),
        *(minted.strangers(world.compressed.wallet, ask) if world.compressed else ()),
    ]


# -- how the orders ended ----------------------------------------------------------------------------------------------


def _endings(sent: Sequence[Sent]) -> Iterator[str]:
    orders = Order.objects.in_bulk([each.id for each in sent])
    if len(orders) != len(sent):
        yield f"{len(sent)} orders were sent and {len(orders)} are stored."
    for each in sent:
        if (order := orders.get(each.id)) and not _as_expected(order, each.wanted.fails_with):
            wanted = f"failed with {each.wanted.fails_with}" if each.wanted.fails_with else "completed"
            yield f"{order} is {order.status} {order.reason} {order.fail_reason!r} and should be {wanted}."


def _as_expected(order: Order, fails_with: str) -> bool:
    if fails_with:
        return order.status == Status.FAILED and fails_with in order.fail_reason
    return order.status == Status.COMPLETED


def _compare(what: str, chain: Counter[Fact], desk: Counter[Fact]) -> Iterator[str]:
    for fact, number in (chain - desk).items():
        yield f"{what}: {number} on the chain that no order accounts for: {fact}"
    for fact, number in (desk - chain).items():
        yield f"{what}: {number} in the database that the chain does not have: {fact}"


# -- what the chain says, through web3.py: not through the client and decoders that are to be proved ----------------------


def _badges721(url: str, reward: Reward) -> Iterator[Fact]:
    for tx_hash, event in events(url, reward.contract, artifact("Badge721").abi, "Transfer"):
        if event["from"] == ZERO_ADDRESS:
            yield tx_hash, event["to"], event["tokenId"], 1


def _badges1155(url: str, reward: Reward) -> Iterator[Fact]:
    abi = artifact("Badge1155").abi
    for tx_hash, event in events(url, reward.contract, abi, "TransferSingle"):
        if event["from"] == ZERO_ADDRESS:
            yield tx_hash, event["to"], event["id"], event["value"]
    for tx_hash, event in events(url, reward.contract, abi, "TransferBatch"):
        for token_id, quantity in zip(event["ids"], event["values"], strict=True):
            yield tx_hash, event["to"], token_id, quantity


def _polls(url: str, pool: Pool) -> Iterator[Fact]:
    for _, event in events(url, pool.contract, artifact("WithdrawalPool").abi, "WithdrawPollCreated"):
        yield "", "", event["id"], 1


def _pool_payments(url: str, pool: Pool) -> Iterator[Fact]:
    for tx_hash, event in events(url, pool.contract, artifact("WithdrawalPool").abi, "Withdrawn"):
        yield tx_hash, event["member"], event["id"], event["amount"]


def _payouts(url: str, pool: Pool) -> Iterator[Fact]:
    for tx_hash, event in events(url, pool.token, artifact("DemoToken").abi, "Transfer"):
        if event["from"] == pool.wallet.address:
            yield tx_hash, event["to"], 0, event["value"]


def _stakes(url: str, staking: StakingContract) -> Iterator[Fact]:
    for tx_hash, event in events(url, staking.contract, artifact("SignedStaking").abi, "Staked"):
        yield tx_hash, event["owner"], event["target"], event["dipAmount"]


# -- what the database says --------------------------------------------------------------------------------------------


def _claimed(reward: Reward) -> Iterator[tuple[str, Claim]]:
    for claim in reward.claims.filter(order__status=Status.COMPLETED).select_related("order__transaction"):
        yield _hash_of(claim.order), claim


def _claimed721(reward: Reward) -> Iterator[Fact]:
    for tx_hash, claim in _claimed(reward):
        ids = claim.token_ids or []
        if len(ids) != claim.quantity:  # a fact that cannot be on the chain, so that it is reported
            yield f"{claim.order} has {len(ids)} of {claim.quantity} badges", claim.recipient, 0, claim.quantity
        for token_id in ids:
            yield tx_hash, claim.recipient, int(token_id), 1


def _claimed1155(reward: Reward) -> Iterator[Fact]:
    for tx_hash, claim in _claimed(reward):
        yield tx_hash, claim.recipient, claim.token_id or 0, claim.quantity


def _proposed(pool: Pool) -> Iterator[Fact]:
    """Each order proposes one poll, those that fail afterwards too."""
    for poll in pool.withdrawals.exclude(withdrawal_id=None).values_list("withdrawal_id", flat=True):
        yield "", "", int(poll or 0), 1


def _paid(pool: Pool) -> Iterator[Fact]:
    paid: Iterator[Withdrawal] = (
        pool.withdrawals.filter(order__status=Status.COMPLETED).select_related("order__transaction").iterator()
    )
    for withdrawal in paid:
        yield _hash_of(withdrawal.order), withdrawal.recipient, withdrawal.withdrawal_id or 0, withdrawal.amount


def _staked(staking: StakingContract) -> Iterator[Fact]:
    done = staking.stakes.filter(order__status=Status.COMPLETED, action=StakeAction.STAKE)
    for stake in done.select_related("order__transaction"):
        yield _hash_of(stake.order), stake.owner, stake.target, stake.amount or 0


def _hash_of(order: Order) -> str:
    """The hash of the transaction that proves it; something that is no hash, and so found, when that one is not final."""
    transaction = order.transaction
    if transaction is None or transaction.outcome != Outcome.SUCCEEDED:
        return f"{order} has no succeeded transaction"
    return transaction.mined_hash


def _coinless(node: Node, world: World) -> Iterator[str]:
    """Its minter has had no coin and sent nothing, and has signed all of it."""
    has, sent = node.request("eth_getBalance", [MINTER, "latest"]), node.nonce(MINTER)
    if int(has, 16) or sent:
        yield f"The sponsored minter has {int(has, 16)} wei and has sent {sent} transactions."
    unsigned = world.sponsored.claims.filter(minter=None).count()
    if unsigned:
        yield f"{unsigned} sponsored claims were not signed by the minter."


# -- nonces ------------------------------------------------------------------------------------------------------------


def _nonces(node: Node, world: World) -> Iterator[str]:
    """Every nonce the chain has seen of our wallets is one final transaction of ours, without a gap."""
    for wallet in Wallet.objects.filter(network=world.network):
        spent = node.nonce(wallet.address)
        ours = Transaction.objects.filter(wallet=wallet, status=TransactionStatus.FINAL)
        if sorted(ours.values_list("nonce", flat=True)) != list(range(spent)):
            yield f"Wallet {wallet} has spent {spent} nonces, and {ours.count()} of its transactions are final."
