"""What the contracts say was paid, held against what the database says, both ways. Every difference is a sentence."""

from collections import Counter
from collections.abc import Iterator

from chain.events import Log, erc20_transfers, erc721_mints
from chain.evm import answers
from chain.models import Network, Transaction, Wallet
from chain.states import Outcome, TransactionStatus
from claims.models import Claim, Reward
from local.anvil import Anvil
from orders.models import Order
from orders.states import Status
from withdrawals.models import Pool

# (contract, transaction hash, who got it, token id or 0, quantity or base units)
Fact = tuple[str, str, str, int, int]


def differences(chain: Anvil, network: Network) -> list[str]:
    """Empty when every payment on the chain is one completed order's, and every completed order has its payment."""
    on_chain = Counter([*minted(chain, network), *_transferred(chain, network)])
    in_database = Counter([*_claimed(network), *_withdrawn(network)])
    return [
        *(f"{number} on the chain that no order accounts for: {fact}" for fact, number in (on_chain - in_database).items()),
        *(f"{number} in the database that the chain lacks: {fact}" for fact, number in (in_database - on_chain).items()),
        *_nonces(chain, network),
    ]


def minted(chain: Anvil, network: Network) -> Iterator[Fact]:
    for reward in Reward.objects.filter(wallet__network=network):
        for tx_hash, log in _logs(chain, reward.contract):
            for mint in erc721_mints([log], reward.contract):
                yield reward.contract, tx_hash, mint.recipient, mint.token_id, mint.quantity


def _transferred(chain: Anvil, network: Network) -> Iterator[Fact]:
    for pool in Pool.objects.filter(wallet__network=network).select_related("wallet"):
        for tx_hash, log in _logs(chain, pool.token):
            for transfer in erc20_transfers([log], pool.token):
                if transfer.sender == pool.wallet.address:
                    yield pool.token, tx_hash, transfer.recipient, 0, transfer.amount


def _claimed(network: Network) -> Iterator[Fact]:
    claims = Claim.objects.select_related("order__transaction", "reward")
    for claim in claims.filter(order__status=Status.COMPLETED, order__wallet__network=network):
        token_ids = list(map(int, claim.token_ids or ()))
        for token_id in token_ids or [0]:  # no badge has id 0: a claim that names none is reported
            yield claim.reward.contract, _proof(claim.order), claim.recipient, token_id, 1


def _withdrawn(network: Network) -> Iterator[Fact]:
    for pool in Pool.objects.filter(wallet__network=network):
        paid = pool.withdrawals.select_related("order__transaction").filter(order__status=Status.COMPLETED)
        for withdrawal in paid:
            yield pool.token, _proof(withdrawal.order), withdrawal.recipient, 0, int(withdrawal.amount)


def _proof(order: Order) -> str:
    """The hash of the final transaction that paid it."""
    transaction = order.transaction
    if transaction is None or transaction.outcome != Outcome.SUCCEEDED:
        return f"no succeeded transaction for {order}"
    return transaction.mined_hash


def _nonces(chain: Anvil, network: Network) -> Iterator[str]:
    """Every nonce the chain has seen of our wallets is one final transaction of ours, without a gap."""
    for wallet in Wallet.objects.filter(network=network):
        spent = int(chain.request("eth_getTransactionCount", wallet.address, "latest"), 16)
        final = Transaction.objects.filter(wallet=wallet, status=TransactionStatus.FINAL).order_by("nonce")
        nonces = list(final.values_list("nonce", flat=True))
        if nonces != list(range(spent)):
            yield f"{wallet} has spent {spent} nonces on the chain; its final transactions have {len(nonces)}, to {nonces[-3:]}"


def _logs(chain: Anvil, contract: str) -> Iterator[tuple[str, Log]]:
    for entry in chain.request("eth_getLogs", {"address": contract, "fromBlock": "0x0", "toBlock": "latest"}):
        yield answers.hash32(entry["transactionHash"]), answers.log(entry)
