"""Checks of chains and wallets, by what the lanes have seen and stored: no node is asked while somebody waits for an answer."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, F, Max, OuterRef

from chain.models import Network, Wallet
from chain.shown import coins
from chain.states import WalletStatus
from orders.health.ages import OLD, ago, words
from orders.health.asking import Check
from orders.health.work import listed, on_their_way, with_work

UNSEEN = timedelta(minutes=2)  # a wallet with work looks at its chain every second


def wallets() -> Check:
    names = list(Wallet.objects.filter(status=WalletStatus.QUARANTINED).values_list("name", flat=True))
    return not names, f"quarantined: {listed(names)}" if names else "none is quarantined"


def balance() -> Check:
    """Each wallet with a level to keep, what is wrong first."""
    said = levels()
    bad = [f"{wallet.name}: {why}" for wallet, why in said if why]
    good = [f"{wallet.name}: {_has(wallet)}" for wallet, why in said if not why]
    return not bad, listed(bad + good) or "no wallet has a level to keep"


def levels() -> list[tuple[Wallet, str]]:
    """The wallets with a level to keep, each with why somebody must look. One that a sponsor pays for needs no coin."""
    watched = Wallet.objects.select_related("network").exclude(minimum_balance=None, alert_balance=None).filter(sponsor=None)
    return [(wallet, _too_low(wallet, wallet.age)) for wallet in watched.annotate(age=ago(F("looked_at")))]


def _too_low(wallet: Wallet, seen: timedelta | None) -> str:
    """Why somebody must look at a wallet's coin, seen so long ago; empty if nobody must."""
    if wallet.balance is None or seen is None:
        return "its balance has not been seen yet"
    if seen > OLD:
        return f"its balance was last seen {words(seen)} ago"
    if wallet.minimum_balance is not None and wallet.balance < wallet.minimum_balance:
        return f"{_has(wallet)}, below its minimum of {_coins(wallet, wallet.minimum_balance)}: it signs nothing new"
    if wallet.alert_balance is not None and wallet.balance < wallet.alert_balance:
        return f"{_has(wallet)}, below its alert balance of {_coins(wallet, wallet.alert_balance)}"
    return ""


def _has(wallet: Wallet) -> str:
    return _coins(wallet, wallet.balance or 0)


def _coins(wallet: Wallet, wei: int) -> str:
    return coins(wallet.network, wei)


def nonces() -> Check:
    """A nonce that no transaction of ours has, where nothing after it could be mined. The audit looks at all of the past."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSING)
        missing = [f"{name} has no transaction with nonce {nonce}" for name, nonce in cursor.fetchall()]
    return not missing, "; ".join(missing) if missing else "no gap"


# From a little below what the chain has seen to the next one, and never more than a thousand of a wallet.
_MISSING = """
SELECT wallet.name, expected.nonce FROM chain_wallet wallet, LATERAL generate_series(
    greatest(wallet.first_nonce, least(wallet.chain_nonce, wallet.next_nonce) - 20, wallet.next_nonce - 1000, 0),
    wallet.next_nonce - 1
) AS expected (nonce)
WHERE NOT EXISTS (SELECT FROM chain_transaction t WHERE t.wallet_id = wallet.id AND t.nonce = expected.nonce)
ORDER BY wallet.name, expected.nonce LIMIT 5
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """How long ago a network was last seen by any lane, how old its newest block is, and what depends on it."""

    name: str
    look: timedelta | None
    block: timedelta | None
    has_work: bool
    has_waited: bool  # a transaction of ours, for long, for a block or for more on top of its own

    def judge(self) -> Check:
        if self.look is None or (self.has_work and self.look > UNSEEN):
            spell = "yet" if self.look is None else f"for {words(self.look)}"
            return not self.has_work, f"{self.name}: no node has answered {spell}"
        made = "at an unknown time" if self.block is None else f"{words(self.block)} ago"
        stands = self.has_waited and (self.block is None or self.block > OLD)
        return not stands, f"{self.name}: its newest block was made {made}, seen {words(self.look)} ago"


def head() -> Check:
    """Where something of ours waits for a chain, its nodes must answer, and it must go on."""
    said = [sight.judge() for sight in sights()]
    bad = [line for ok, line in said if not ok]
    return not bad, listed(bad or [line for _, line in said]) or "no network yet"


def sights() -> list[Sight]:
    networks = Network.objects.annotate(
        look=ago(Max("wallets__looked_at")),
        block=ago(Max("wallets__head_at")),
        has_work=Exists(with_work(UNSEEN).filter(network=OuterRef("pk"))),
        has_waited=Exists(on_their_way(OLD).filter(wallet__network=OuterRef("pk"))),
    )
    return [Sight(*row) for row in networks.values_list("name", "look", "block", "has_work", "has_waited")]
