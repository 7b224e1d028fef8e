"""What people may do to wallets and transactions: guarded updates that answer whether they changed anything."""

from functools import partial

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.db.transaction import atomic

from chain.errors import ChainError, fault_of
from chain.evm.node import Node
from chain.models import Transaction, Wallet
from chain.nodes import node_for
from chain.states import OPEN, Outcome, TransactionStatus, WalletStatus
from chain.witnesses import everywhere, hear

MOST_ADOPTED = 10_000  # nonces


class NotSettled(Exception):
    """It is not certain yet which nonces of the wallet are spent for good. The message is for people."""


class CannotCancel(Exception):
    """Nothing can be put in the place of this transaction. The message is for people."""


NO_CANCELLING = (
    "On Solana nothing can be put in a transaction's place: there are no nonces. It lands, or expires within about a minute; "
    "wait for that."
)


def pause(wallet: Wallet, *, by: str, reason: str) -> bool:
    """Sign nothing new from now on; what is in flight is still looked after. False unless the wallet was active."""
    return _set(wallet, WalletStatus.ACTIVE, WalletStatus.PAUSED, by, reason)


def resume(wallet: Wallet, *, by: str, reason: str) -> bool:
    """Let a paused wallet sign again. False unless it was paused: a quarantined one needs more than a click."""
    return _set(wallet, WalletStatus.PAUSED, WalletStatus.ACTIVE, by, reason)


def adopt(wallet: Wallet) -> int:
    """Begin at the chain's nonce: whoever adds the wallet says that what its address did before is nothing of ours.

    Once; without it a wallet begins at 0, so that a database which has lost its wallets' past does not take it for none.
    Returns the nonce. On Solana that is our own count, which begins at 0. Raises RpcUnavailable, WrongChain.
    """
    nonce = 0 if wallet.network.is_solana else node_for(wallet.network).nonce(wallet.address)
    Wallet.objects.filter(pk=wallet.pk, next_nonce=None).update(first_nonce=nonce, next_nonce=nonce)
    return nonce


def quarantine(wallet: Wallet, *, by: str, reason: str) -> bool:
    """Send nothing more from this wallet until two people have looked. False when it is quarantined: the first reason stays."""
    rows = Wallet.objects.filter(pk=wallet.pk).exclude(status=WalletStatus.QUARANTINED)
    return bool(
        rows.update(
            status=WalletStatus.QUARANTINED, status_reason=reason[:300], status_by=by, status_since=Now(),
            release_asked_by="", release_asked_at=None, release_reason="", release_nonce=None, released_by="",
        )
    )  # fmt: skip


def ask_for_release(wallet: Wallet, *, by: str, reason: str) -> bool:
    """The first of two people says that a quarantined wallet may go on, from the nonce that the chain is at now.

    False unless it is quarantined. Asking again replaces what was asked before. Asks all nodes; raises NotSettled.
    """
    rows = Wallet.objects.filter(pk=wallet.pk, status=WalletStatus.QUARANTINED)
    if not rows.exists():
        return False
    nonce = _settled_nonce(wallet)
    return bool(rows.update(release_asked_by=by, release_asked_at=Now(), release_reason=reason, release_nonce=nonce))


def release(wallet: Wallet, *, by: str, asked_by: str, nonce: int) -> bool:
    """The second person agrees with what `asked_by` asked, for the nonce that both have seen. False if it is not so any more.

    Nonces that were spent elsewhere get a row each, so that ours stay without a gap; and whatever was ordered until now is
    held by the lane before anything new is signed, for a spent nonce may have paid it. Raises ValueError for too many nonces.
    Asks all nodes once more; raises NotSettled.
    """
    if _settled_nonce(wallet) != nonce:
        return False
    with atomic():
        rows = Wallet.objects.select_for_update(no_key=True)
        asked = rows.filter(pk=wallet.pk, status=WalletStatus.QUARANTINED, release_asked_by=asked_by, release_nonce=nonce)
        current = asked.exclude(release_asked_by=by).exclude(release_asked_by="").first()
        if current is None:
            return False
        spent = missing_nonces(current, nonce)
        if len(spent) > MOST_ADOPTED:
            raise ValueError(f"More than {MOST_ADOPTED:,} nonces were spent elsewhere; the developers must look at that.")
        Transaction.objects.bulk_create(_spent_elsewhere(current, each) for each in spent)
        # A raised fence ends the lane that is at work: it must see the wallet anew.
        Wallet.objects.filter(pk=wallet.pk).update(
            status=WalletStatus.ACTIVE, status_by=by, status_reason=current.release_reason, status_since=Now(), released_by=by,
            next_nonce=max(current.next_nonce or 0, nonce), fence=F("fence") + 1, trusted_block=Coalesce("head_number", 0),
            doubt_before=Now() if spent or _may_be_paid_elsewhere(current) else F("doubt_before"),
        )  # fmt: skip
    return True


def _settled_nonce(wallet: Wallet) -> int:
    """The wallet's nonce on the chain, once every node says that all below it are spent for good. Raises NotSettled.

    A nonce written down as spent elsewhere which a reorganisation then gives back could never be filled again. Solana has no
    nonces: there it is our own count, once all that was sent has come to its end.
    """
    if wallet.network.is_solana:
        from chain.solana.release import settled_number  # noqa: PLC0415 - it knows us; and solders takes 14 MB

        return settled_number(wallet)
    said = everywhere(wallet.network, partial(_nonces, wallet))
    if not said:
        raise NotSettled("No node is configured for its network.")
    nonces: set[int] = set()
    for number, each in enumerate(said, 1):
        if isinstance(each, ChainError):
            raise NotSettled(f"Node {number} of {len(said)} {fault_of(each)}, so nothing is certain.")
        nonces.update(each)
    if len(nonces) > 1:
        raise NotSettled(f"Nonce {min(nonces)} is spent, but not for good yet, or not for all nodes. Wait until it is final.")
    return nonces.pop()


def _nonces(wallet: Wallet, node: Node) -> tuple[int, int]:
    """By one node: at its newest final block, and at its head. Raises ChainError."""
    statement = hear(node, wallet.network, wallet.address, [])
    return statement.spent, statement.nonce


def missing_nonces(wallet: Wallet, below: int) -> list[int]:
    """The nonces from the wallet's first one on that have no row here; one more than MOST_ADOPTED at most.

    Where the first one is not known, as in a backup from before the wallet's first use, all from 0 on must be accounted for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [wallet.first_nonce or 0, max(below, wallet.next_nonce or 0) - 1, wallet.pk, MOST_ADOPTED + 1])
        return [row[0] for row in cursor.fetchall()]


_MISSING = """
SELECT nonce FROM generate_series(%s::bigint, %s::bigint) AS nonce
WHERE NOT EXISTS (SELECT FROM chain_transaction t WHERE t.wallet_id = %s AND t.nonce = nonce.nonce) ORDER BY nonce LIMIT %s
"""


def _may_be_paid_elsewhere(wallet: Wallet) -> bool:
    """On Solana a quarantine says that somebody mints with our key, or that this database has forgotten what we have minted."""
    if wallet.network.is_solana:
        return True
    return wallet.transactions.filter(outcome=Outcome.FOREIGN, final_at__gte=wallet.status_since).exists()


def _spent_elsewhere(wallet: Wallet, nonce: int) -> Transaction:
    return Transaction(
        wallet=wallet, nonce=nonce, status=TransactionStatus.FINAL, outcome=Outcome.FOREIGN,
        to=wallet.address, data=b"", gas_limit=0, final_at=Now(),
    )  # fmt: skip


def _set(wallet: Wallet, frm: WalletStatus, to: WalletStatus, by: str, reason: str) -> bool:
    rows = Wallet.objects.filter(pk=wallet.pk, status=frm)
    return bool(rows.update(status=to, status_by=by, status_reason=reason, status_since=Now()))


def ask_to_cancel(transaction: Transaction, *, by: str, reason: str) -> bool:
    """Ask the lane to take the nonce with an empty transaction. False when the transaction is final or was asked before.

    Whichever of the two is mined decides (EIP-1559 replacement: same nonce, higher fees); asking promises nothing. Raises
    CannotCancel on Solana.
    """
    if transaction.wallet.network.is_solana:
        raise CannotCancel(NO_CANCELLING)
    rows = Transaction.objects.filter(pk=transaction.pk, status__in=OPEN, cancel_asked_by="")
    return bool(rows.update(cancel_asked_by=by, cancel_reason=reason))
