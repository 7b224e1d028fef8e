"""What the chain's tables must say of themselves, checked row by row: no node is asked here, and nothing is written.

I2 all that was signed for a nonce is one payload, or the empty cancellation; I4 nonces have no gap; I8 nothing was sent
before it was stored; I9 no fee above the ceiling was signed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db.models import F, QuerySet

from chain import payload
from chain.findings import ChainCode, Finding, Severity, Watch, of_transaction
from chain.lane import CANCEL_GAS
from chain.models import Attempt, Wallet
from chain.payload import PayloadError
from chain.states import AttemptKind
from chain.steering import missing_nonces

AT_ONCE = 1_000  # rows in memory

Pairs = Sequence[tuple[str, object, object]]
"""What is compared, by name: as it was signed, and as it must be."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an audit looks at: wallets with their networks, rows that changed `since` then (None: all), blocks from the one that
    `from_blocks` has for their network (or, without one, that of our first transaction there).
    """

    wallets: Sequence[Wallet]
    from_blocks: Mapping[int, int] = field(default_factory=dict)
    since: datetime | None = None


@dataclass(slots=True)
class Course:
    """How an audit goes: who is told, whether there is time for more blocks, and up to which block each network is done."""

    watch: Watch = lambda *_: None
    goes_on: Callable[[], bool] = lambda: True
    reached: dict[int, int] = field(default_factory=dict)


def check(scope: Scope, watch: Watch) -> Iterator[Finding]:
    for wallet in scope.wallets:
        yield from _gaps(wallet)
    rows = _attempts(scope)
    total = rows.count()
    for done, attempt in enumerate(rows.iterator(AT_ONCE)):
        yield from _check_attempt(attempt)
        if done % AT_ONCE == 0:
            watch("signed bytes", done, total)
    watch("signed bytes", total, total)


def _attempts(scope: Scope) -> QuerySet[Attempt]:
    rows = Attempt.objects.filter(transaction__wallet__in=scope.wallets).select_related("transaction__wallet__network")
    return rows.filter(created__gte=scope.since) if scope.since else rows


def _check_attempt(attempt: Attempt) -> Iterator[Finding]:
    transaction = attempt.transaction
    told = partial(of_transaction, transaction=transaction)
    network = transaction.wallet.network
    if wrong := differences(attempt):
        yield told(ChainCode.ATTEMPT_DIFFERS, sentence=f"{', '.join(wrong)} of {attempt.hash} differ.", attempt=attempt.hash)
    if attempt.first_sent_at is not None and attempt.first_sent_at < attempt.created:
        yield told(ChainCode.SENT_BEFORE_STORED, sentence=f"{attempt.hash} was sent before it was stored.")
    if network.ceiling is not None and attempt.max_fee > network.ceiling:
        unit = "micro-lamports per compute unit" if network.is_solana else "wei per gas"
        sentence = f"{attempt.hash} offers {attempt.max_fee} {unit}, above today's ceiling of {network.ceiling}."
        facts = {"max_fee": str(attempt.max_fee), "ceiling": str(network.ceiling), "signed": attempt.created.isoformat()}
        yield Finding(
            ChainCode.FEE_ABOVE_CEILING, attempt.hash, sentence, Severity.WARNING, transaction.wallet,
            transaction.pk, attempt.hash, evidence=facts,
        )  # fmt: skip


def differences(attempt: Attempt) -> list[str]:
    """In what the signed bytes of an attempt are not what its transaction bound, by name. Empty when they agree."""
    try:
        pairs = _pairs_on_solana(attempt) if attempt.transaction.wallet.network.is_solana else _pairs(attempt)
    except PayloadError:
        return ["the bytes"]
    return [name for name, was, must in pairs if was != must]


def _pairs_on_solana(attempt: Attempt) -> Pairs:
    """Raises PayloadError, for a wrong signature too."""
    from chain.solana import payload as solana  # noqa: PLC0415 - solders takes 14 MB, and only Solana needs it

    transaction, signed = attempt.transaction, solana.read(bytes(attempt.raw))
    return [
        ("the signature", signed.signature, attempt.hash),
        ("the payer", signed.payer, transaction.wallet.address),
        ("the blockhash", signed.blockhash, attempt.blockhash),
        ("the message", signed.message, bytes(transaction.data)),
        ("the compute units", signed.units, transaction.gas_limit),
        ("the price", signed.price, attempt.max_fee),
    ]


def _pairs(attempt: Attempt) -> Pairs:
    """Raises PayloadError."""
    signed = payload.read(bytes(attempt.raw))
    transaction, wallet = attempt.transaction, attempt.transaction.wallet
    to, value, data, gas = transaction.to, transaction.value, bytes(transaction.data), transaction.gas_limit
    if attempt.kind == AttemptKind.CANCEL:
        to, value, data, gas = wallet.address, 0, b"", CANCEL_GAS
    return [
        ("the hash", signed.hash, attempt.hash),
        ("the signer", signed.sender, wallet.address),
        ("the chain id", signed.chain_id, wallet.network.chain_id),
        ("the nonce", signed.nonce, transaction.nonce),
        ("the address", signed.to.lower(), to.lower()),
        ("the value", signed.value, value),
        ("the data", signed.data, data),
        ("the gas limit", signed.gas, gas),
        ("the fees", signed.fees, attempt.fees),
    ]


def _gaps(wallet: Wallet) -> Iterator[Finding]:
    """From the first nonce of ours to the one before the next, each has its row."""
    if wallet.next_nonce is None:
        return
    missing = missing_nonces(wallet, 0)[:100]
    beyond = wallet.transactions.filter(nonce__gte=F("wallet__next_nonce")).order_by("nonce")
    strays = list(beyond.values_list("nonce", flat=True)[:100])
    if missing or strays:
        sentence = f"Wallet {wallet.name}: {_said(missing, strays)}; its next nonce is {wallet.next_nonce}."
        facts = {"missing": missing, "beyond": strays, "next_nonce": wallet.next_nonce}
        yield Finding(ChainCode.NONCE_GAP, str(wallet.pk), sentence, wallet=wallet, evidence=facts)


def _said(missing: Sequence[int], strays: Sequence[int]) -> str:
    parts = (("no transaction has nonce", missing), ("beyond the next nonce there is", strays))
    return " and ".join(f"{words} {', '.join(map(str, numbers[:5]))}" for words, numbers in parts if numbers)
