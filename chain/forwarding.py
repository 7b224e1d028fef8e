"""What the chain is asked about forwarders: before a wallet without coin signs, and until nothing signed can do anything more.

A signed request is public once its transaction was sent: whoever has it may have it executed. So its transaction is settled,
and its order may go again, only when the request is used up, or its deadline is over in a block that will not leave the chain
and its nonce was not used by then. All nodes must say so: the wrong answer here pays twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from chain import signing
from chain.calls import Call
from chain.decisions import End, Landed
from chain.errors import ChainError, Reverted, RpcError
from chain.evm import answers
from chain.evm.answers import Snapshot
from chain.evm.node import Node, call_fields
from chain.forwarder import (
    DOMAIN,
    NONCES,
    TRUSTS,
    Life,
    NoForwarder,
    Request,
    execute_batch,
    executed,
    is_batch,
    life,
    read_domain,
)
from chain.lane import Lane
from chain.models import Installation, Network, Transaction, Wallet
from chain.nodes import node_for
from chain.requests import ForwardRequest
from chain.signers import SignerError
from chain.states import UNMINED, RequestOutcome, WalletStatus
from chain.typed_data import Domain


class HeldUp(ChainError):
    """Nothing of a sponsored wallet can be signed now. The message is for staff."""


class Unaccounted(HeldUp):
    """A forwarder has executed more of a minter's requests than were signed here. `minter` has the nonce it is at."""

    def __init__(self, minter: "Minter") -> None:
        super().__init__(
            f"requests of minter {minter.wallet} were executed that are not stored here; its orders are to be held"
        )
        self.minter = minter


class InFlight(ChainError):
    """Earlier requests of the wallet are not mined yet; nothing is wrong with that."""


@dataclass(frozen=True, slots=True)
class Minter:
    """A wallet without coin, as the forwarder of its network knows it: `nonce` is the next one there."""

    wallet: Wallet
    domain: Domain
    nonce: int

    @property
    def forwarder(self) -> str:
        return self.domain.contract

    @property
    def live(self) -> "QuerySet[ForwardRequest]":
        """Its requests of which something may still become."""
        return ForwardRequest.objects.filter(signer=self.wallet, forwarder=self.forwarder, outcome="")


# -- before it signs -------------------------------------------------------------------------------------------------


def consult(node: Node, wallet: Wallet, contracts: Collection[str], now: int) -> Minter:
    """Whether requests of this wallet to these contracts would be executed `now` (Unix seconds, by the chain's clock).

    Raises HeldUp, InFlight, RpcUnavailable.
    """
    if not wallet.network.forwarder:
        raise HeldUp(f"network {wallet.network} has no forwarder for minter {wallet}")
    if wallet.status != WalletStatus.ACTIVE:
        raise HeldUp(f"minter {wallet} is {wallet.status}: {wallet.status_reason}")
    domain, nonce, trusted = _ask(node, wallet, sorted(contracts))
    if distrusts := [contract for contract, trust in zip(sorted(contracts), trusted, strict=True) if not trust]:
        raise HeldUp(f"contract {distrusts[0]} does not trust the forwarder {wallet.network.forwarder}")
    minter = Minter(wallet, domain, nonce)
    _wait_for_earlier(minter)
    _wait_for_lost(minter, now)
    return minter


def trusts(node: Node, network: Network, contract: str) -> bool:
    """Whether a contract takes the forwarder's word for who calls it (ERC-2771). Raises RpcUnavailable, RpcError."""
    return _trusts(_call(node, Call(contract, TRUSTS.encode([network.forwarder])), contract))


def deadline(snapshot: Snapshot, network: Network) -> int:
    """For a request signed now, in Unix seconds. By the chain's clock, except where that stands still for want of blocks."""
    return max(snapshot.head_time, int(timezone.now().timestamp())) + network.forward_seconds


def _ask(node: Node, wallet: Wallet, contracts: Sequence[str]) -> tuple[Domain, int, list[bool]]:
    """In one request. Raises HeldUp where that address has no forwarder, or one for another chain."""
    network = wallet.network
    calls = [Call(network.forwarder, DOMAIN.encode([])), Call(network.forwarder, NONCES.encode([wallet.address]))]
    calls += [Call(contract, TRUSTS.encode([network.forwarder])) for contract in contracts]
    asked = node.batch([("eth_call", [call_fields(call, wallet.address), "latest"]) for call in calls])
    domain, nonce, *trusted = map(_returned, asked)
    try:
        found = read_domain(domain)
    except NoForwarder as error:
        raise HeldUp(f"there is no ERC2771Forwarder at {network.forwarder}") from error
    if (found.chain_id, found.contract) != (network.chain_id, network.forwarder):
        raise HeldUp(f"the forwarder {network.forwarder} is one for {found.contract} on chain {found.chain_id}")
    return found, int.from_bytes(nonce[:32]), [_trusts(each) for each in trusted]


def _wait_for_earlier(minter: Minter) -> None:
    """One batch after the other, so that each can be tried out on what the one before has done. Raises InFlight, HeldUp."""
    if minter.live.filter(transaction__status__in=UNMINED).exists():
        raise InFlight
    last = minter.live.order_by("nonce").last()
    if last is not None and last.nonce >= minter.nonce:
        raise HeldUp(
            f"request {last.nonce} of minter {minter.wallet} was passed over, and may be executed {until(last.deadline)}"
        )


def _wait_for_lost(minter: Minter, now: int) -> None:
    """A database that was restored may have lost requests: executed ones show by their nonces, others die by their deadline.

    Raises HeldUp, and Unaccounted where the forwarder has executed more than is known here.
    """
    last = ForwardRequest.objects.filter(signer=minter.wallet, forwarder=minter.forwarder).order_by("-nonce").first()
    if minter.nonce > max(minter.wallet.forwarder_nonce or 0, 0 if last is None else last.nonce + 1):
        raise Unaccounted(minter)
    ended = Installation.objects.values_list("maintenance_ended", flat=True).first()
    if ended is not None and now <= (dead := int(ended.timestamp()) + minter.wallet.network.forward_seconds):
        raise HeldUp(f"what minter {minter.wallet} signed before the maintenance may be executed {until(dead)}")


def doubt(wallet: Wallet, minter: Minter) -> None:
    """Requests that are not stored here may have paid what this wallet was to send: its lane holds that, and goes on.

    Inside `lane.writing()`, with its wallet.
    """
    Wallet.objects.filter(pk=minter.wallet.pk).update(forwarder_nonce=minter.nonce)
    Wallet.objects.filter(pk=wallet.pk).update(doubt_before=Now())
    wallet.refresh_from_db(fields=["doubt_before"])


def adopt(wallet: Wallet) -> int:
    """Take for somebody else's what the forwarder has executed of this wallet until now; whoever gives it a sponsor says so.

    Returns the nonce it is at there. Raises HeldUp where there is no forwarder, RpcUnavailable.
    """
    _, nonce, _ = _ask(node_for(wallet.network), wallet, [])
    Wallet.objects.filter(pk=wallet.pk).update(forwarder_nonce=nonce)
    return nonce


def until(deadline: int) -> str:
    """`until 03 Oct 12:40:00`: with the date, for the chain's clock may be far from ours."""
    moment = timezone.localtime(datetime.fromtimestamp(deadline, UTC))
    return f"until {moment:%d %b %H:%M:%S}"


# -- signing ---------------------------------------------------------------------------------------------------------


def may_sign(minter: Minter) -> bool:
    """Once more, in the commit and for as long as it lasts: nobody has signed for this wallet, or stopped it, since."""
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=minter.wallet.pk)
    signs_already = minter.live.filter(Q(transaction__status__in=UNMINED) | Q(nonce__gte=minter.nonce)).exists()
    return wallet.status == WalletStatus.ACTIVE and not signs_already


def seal(minter: Minter, requests: Sequence[Request], sponsor: str) -> Call:
    """The sponsor's call, with the wallet's signatures. Raises SignerError."""
    try:
        signer = signing.signer_for(minter.wallet)
    except SignerError as error:
        raise SignerError(f"Minter {minter.wallet}: {error}") from error
    signed = [(each, signer.sign_digest(each.digest(minter.domain))) for each in requests]
    return execute_batch(minter.forwarder, signed, sponsor)


def store(minter: Minter, requests: Sequence[Request], transaction: Transaction, orders: Sequence[UUID]) -> None:
    """Beside the transaction that carries them, in its commit."""
    ForwardRequest.objects.bulk_create(
        ForwardRequest(
            transaction=transaction, order=order, signer=minter.wallet, forwarder=minter.forwarder, nonce=each.nonce,
            deadline=each.deadline, gas=each.gas, digest="0x" + each.digest(minter.domain).hex(),
        )
        for each, order in zip(requests, orders, strict=True)
    )  # fmt: skip


# -- until they can do nothing more ----------------------------------------------------------------------------------


def ended(lane: Lane, landed: Sequence[Landed], snapshot: Snapshot) -> list[Landed]:
    """Of these final transactions those whose requests can do nothing more, with what became of each; the others wait.

    Nodes are asked once a block, and only about requests that were not executed here and whose deadline is over.
    """
    rows = _open_requests(landed)
    if not rows:
        return list(landed)
    known = {row.pk: done for end in landed for row in rows.get(end.transaction.pk, ()) if (done := _executed(row, end))}
    rest = [row for some in rows.values() for row in some if row.pk not in known and row.deadline < snapshot.head_time]
    if rest and lane.requests_seen_at != snapshot.head_hash:
        known |= _dead(lane, rest)
        lane.requests_seen_at = snapshot.head_hash
    judged = [(end, {row.order: known.get(row.pk) for row in rows.get(end.transaction.pk, ())}) for end in landed]
    return [replace(end, requests=_certain(outcomes)) for end, outcomes in judged if None not in outcomes.values()]


def _executed(request: ForwardRequest, end: Landed) -> RequestOutcome | None:
    """By the forwarder's own event in the receipt of the transaction that carried it; None where there is none."""
    success = executed(end.logs, request.forwarder).get((request.signer.address, request.nonce))
    return {True: RequestOutcome.EXECUTED, False: RequestOutcome.FAILED}.get(success) if success is not None else None


def _dead(lane: Lane, requests: Sequence[ForwardRequest]) -> dict[int, RequestOutcome]:
    """Of these that nobody can have executed any more, what became of them: where all nodes say the same."""
    try:
        said = [life_of(node, lane.network, requests) for node in lane.node.apart()]
    except ChainError:  # one that does not tell leaves it open
        return {}
    agreed = {request.pk: {lives[request.pk] for lives in said} for request in requests}
    return {pk: end for end, life in _ENDS for pk, lives in agreed.items() if lives == {life}}


_ENDS = ((RequestOutcome.EXPIRED, Life.DEAD), (RequestOutcome.TAKEN, Life.USED))


def _certain(outcomes: dict[UUID, RequestOutcome | None]) -> dict[UUID, RequestOutcome]:
    return {order: outcome for order, outcome in outcomes.items() if outcome is not None}


def _open_requests(landed: Sequence[Landed]) -> dict[UUID, list[ForwardRequest]]:
    carriers = [end.transaction.pk for end in landed if is_batch(end.transaction.data)]
    found: dict[UUID, list[ForwardRequest]] = {}
    for row in ForwardRequest.objects.filter(transaction__in=carriers).select_related("signer") if carriers else ():
        found.setdefault(row.transaction_id, []).append(row)
    return found


def note(landed: End) -> None:
    """Write what became of its requests; the database lets no transaction end before. Inside `lane.writing()`."""
    for outcome in RequestOutcome:
        orders = [order for order, each in landed.requests.items() if each == outcome]
        rows = ForwardRequest.objects.filter(transaction=landed.transaction, order__in=orders, outcome="")
        if orders:
            rows.update(outcome=outcome)


def life_of(node: Node, network: Network, requests: Sequence[ForwardRequest]) -> dict[int, Life]:
    """By one node, what each can still do, at its newest block that will not leave the chain. Raises ChainError."""
    final = node.final_block(network.confirmations, finalized_tag=network.uses_finalized_tag)
    if final is None:
        return {request.pk: Life.ALIVE for request in requests}
    time = node.time(final)
    signers = {(request.forwarder, request.signer.address) for request in requests}
    used = {pair: _used(node, *pair, tag=hex(final)) for pair in signers}
    return {
        each.pk: life(each.nonce, each.deadline, used=used[each.forwarder, each.signer.address], time=time) for each in requests
    }


def _used(node: Node, forwarder: str, signer: str, tag: str) -> int:
    """How many nonces of a signer a forwarder had used; raises ChainError where it does not tell a number."""
    returned = node.call(Call(forwarder, NONCES.encode([signer])), signer, tag)
    if len(returned) < 32:
        raise NoForwarder
    return int.from_bytes(returned[:32])


# -- answers ---------------------------------------------------------------------------------------------------------


def _call(node: Node, call: Call, sender: str) -> bytes:
    """What is returned; nothing where the contract refuses."""
    try:
        return node.call(call, sender)
    except Reverted:
        return b""


def _returned(answer: Any) -> bytes:
    """The same of one answer of several. Raises RpcError where the node refuses the question."""
    if isinstance(answer, Reverted):
        return b""
    if isinstance(answer, RpcError):
        raise answer
    return answers.raw(answer)


def _trusts(returned: bytes) -> bool:
    """As the forwarder reads it: one word at least, and not zero."""
    return len(returned) >= 32 and any(returned[:32])
