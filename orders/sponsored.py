"""Orders that a wallet without coin signs and its sponsor sends: what they share a transaction as, and what they came to there.

One request an order, so that each succeeds or fails by itself, and is judged by its own event as everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chain import forwarder
from chain.calls import Call
from chain.events import Log
from chain.evm.node import Node
from chain.forwarder import Request
from chain.forwarding import Minter
from chain.requests import ForwardRequest
from chain.states import RequestOutcome
from orders.queue import Detail, Queue, Verdict
from orders.states import Reason, Status

FAILED = "Its call failed inside the batch of its sponsor; nothing was paid."
EXPIRED = "Its signed request was executed by nobody before its deadline; nothing was paid."
TAKEN = "Something else used its signed request, or the nonce of it; a person must see that it was not paid."


@dataclass(frozen=True, slots=True)
class Parcel:
    """One transaction to be, before anything is signed: the orders' positions, their requests, the sponsor's call with nobody's
    signatures, and its gas limit."""

    positions: Sequence[int]
    requests: Sequence[Request]
    draft: Call
    gas: int


@dataclass(frozen=True, slots=True)
class Post:
    """How a minter's requests are sent now: by which sponsor (address), alive until when (Unix seconds), up to which gas."""

    node: Node
    minter: Minter
    sponsor: str
    deadline: int
    cap: int

    def fit(self, calls: Mapping[int, tuple[Call, int]]) -> Parcel:
        """The calls, by position, that fit under the gas cap, the oldest first; one at least, which may be too big.

        Each comes with the gas it takes as a transaction of its own. The node sees nothing that anybody could execute.
        """
        chosen = list(calls)
        while True:
            parcel = self._parcel(chosen, calls)
            if parcel.gas <= self.cap or len(chosen) == 1:
                return parcel
            chosen = chosen[: max(1, min(len(chosen) - 1, len(chosen) * self.cap // parcel.gas))]

    def _parcel(self, chosen: Sequence[int], calls: Mapping[int, tuple[Call, int]]) -> Parcel:
        requests = [self._request(self.minter.nonce + place, *calls[i]) for place, i in enumerate(chosen)]
        draft = forwarder.draft(self.minter.forwarder, requests, self.sponsor)
        drafted = self.node.estimate(draft, self.sponsor)
        return Parcel(chosen, requests, draft, forwarder.batch_gas(drafted, [calls[i][1] for i in chosen]))

    def _request(self, nonce: int, call: Call, gas: int) -> Request:
        signer = self.minter.wallet.address
        return Request(signer, call.to, forwarder.request_gas(gas), nonce, self.deadline, call.data)


def read(queue: Queue, details: Sequence[Detail], ends: Mapping[UUID, RequestOutcome], logs: Sequence[Log]) -> list[Verdict]:
    """Judge each order of a transaction that succeeded: by its own event where its request was executed, else by what became
    of that."""
    done = [detail for detail in details if ends.get(detail.pk) in (RequestOutcome.EXECUTED, None)]
    verdicts = {verdict.order: verdict for verdict in queue.read(done, logs)} if done else {}
    return [verdicts.get(detail.pk) or _unpaid(detail.pk, ends[detail.pk]) for detail in details]


def ends_in(requests: Sequence[ForwardRequest], logs: Sequence[Log]) -> dict[UUID, RequestOutcome]:
    """By order, what these requests came to in the transaction that has these logs. One not executed paid nobody."""
    done = [forwarder.executed(logs, each.forwarder).get((each.signer.address, each.nonce)) for each in requests]
    ends = (RequestOutcome.EXECUTED if success else RequestOutcome.FAILED for success in done)
    return {each.order: end for each, end in zip(requests, ends, strict=True)}


def _unpaid(order: UUID, end: RequestOutcome) -> Verdict:
    match end:
        case RequestOutcome.FAILED:
            return Verdict(order, Status.FAILED, Reason.NOT_PAID, FAILED)
        case RequestOutcome.EXPIRED:
            return Verdict(order, Status.PENDING, Reason.REQUEST_EXPIRED, EXPIRED)
    return Verdict(order, Status.HELD, Reason.REVIEW, TAKEN)
