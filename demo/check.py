"""The proof: what the contracts say happened against what the database says, both ways. Every difference is a sentence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from chain.calls import Signature
from chain.events import Log, decode, erc20_transfers, erc721_mints, erc1155_mints
from chain.evm import answers
from chain.evm.node import Node
from chain.models import Transaction, Wallet
from chain.nodes import node_for
from chain.states import Outcome, TransactionStatus
from claims.models import Claim, Reward
from demo.orders import Sent
from demo.world import World
from orders.models import Order
from orders.states import Status
from withdrawals.models import Pool, Withdrawal

# (transaction hash, recipient or payee, token id or poll id, quantity or amount): one thing that came to be
Fact = tuple[str, str, int, int]

_CREATED = Signature.parse("WithdrawPollCreated(uint256 id, uint256 member)")
_WITHDRAWN = Signature.parse("Withdrawn(uint256 id, address member, uint256 amount)")


def differences(world: World, sent: Sequence[Sent]) -> list[str]:
    """Empty when each order ended as it had to, is on the chain exactly once or not at all, and nothing else is there."""
    node = node_for(world.network)
    return [
        *_endings(sent),
        *_compare("event badges", Counter(_badges721(node, world.badge721)), Counter(_claimed721(world.badge721))),
        *_compare("season passes", Counter(_badges1155(node, world.badge1155)), Counter(_claimed1155(world.badge1155))),
        *_compare("polls", Counter(_polls(node, world.asset_pool)), Counter(_proposed(world.asset_pool))),
        *_compare("pool payments", Counter(_pool_payments(node, world.asset_pool)), Counter(_paid(world.asset_pool))),
        *_compare("payouts", Counter(_payouts(node, world.token_pool)), Counter(_paid(world.token_pool))),
        *_nonces(node, world),
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


# -- what the chain says -----------------------------------------------------------------------------------------------


def _logs(node: Node, contract: str) -> Iterator[tuple[str, Log]]:
    """Every log this contract ever emitted, with its transaction's hash."""
    wanted = {"address": contract, "fromBlock": "0x0", "toBlock": "latest"}
    for entry in node.request("eth_getLogs", [wanted]):
        yield answers.hash32(entry["transactionHash"]), answers.log(entry)


def _badges721(node: Node, reward: Reward) -> Iterator[Fact]:
    for tx_hash, log in _logs(node, reward.contract):
        for mint in erc721_mints([log], reward.contract):
            yield tx_hash, mint.recipient, mint.token_id, 1


def _badges1155(node: Node, reward: Reward) -> Iterator[Fact]:
    for tx_hash, log in _logs(node, reward.contract):
        for mint in erc1155_mints([log], reward.contract):
            yield tx_hash, mint.recipient, mint.token_id, mint.quantity


def _polls(node: Node, pool: Pool) -> Iterator[Fact]:
    for _, values in _events(node, pool, _CREATED):
        yield "", "", values["id"], 1


def _pool_payments(node: Node, pool: Pool) -> Iterator[Fact]:
    for tx_hash, values in _events(node, pool, _WITHDRAWN):
        yield tx_hash, values["member"], values["id"], values["amount"]


def _payouts(node: Node, pool: Pool) -> Iterator[Fact]:
    for tx_hash, log in _logs(node, pool.token):
        for transfer in erc20_transfers([log], pool.token):
            if transfer.sender == pool.wallet.address:
                yield tx_hash, transfer.recipient, 0, transfer.amount


def _events(node: Node, pool: Pool, event: Signature) -> Iterator[tuple[str, dict[str, Any]]]:
    for tx_hash, log in _logs(node, pool.contract):
        if (values := decode(event, log)) is not None:
            yield tx_hash, values


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


def _hash_of(order: Order) -> str:
    """The hash of the transaction that proves it; something that is no hash, and so found, when that one is not final."""
    transaction = order.transaction
    if transaction is None or transaction.outcome != Outcome.SUCCEEDED:
        return f"{order} has no succeeded transaction"
    return transaction.mined_hash


# -- nonces ------------------------------------------------------------------------------------------------------------


def _nonces(node: Node, world: World) -> Iterator[str]:
    """Every nonce the chain has seen of our wallets is one final transaction of ours, without a gap."""
    for wallet in Wallet.objects.filter(network=world.network):
        spent = node.nonce(wallet.address)
        ours = Transaction.objects.filter(wallet=wallet, status=TransactionStatus.FINAL)
        if sorted(ours.values_list("nonce", flat=True)) != list(range(spent)):
            yield f"Wallet {wallet} has spent {spent} nonces, and {ours.count()} of its transactions are final."
