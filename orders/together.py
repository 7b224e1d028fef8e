"""Several orders in one call of Multicall3, each of which may fail alone: for calls that anybody may make. Pure."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chain import strategies
from chain.calls import Call
from orders.queue import Verdict
from orders.states import Reason, Status


class Join(Protocol):
    """Makes one call of those at the given positions."""

    def __call__(self, positions: Sequence[int], *, allow_failure: bool = True) -> Call: ...


def aggregate(multicall3: str, calls: Sequence[Call]) -> Join:
    """Through Multicall3; with `allow_failure` off it fails as a whole where a part fails."""

    def join(positions: Sequence[int], *, allow_failure: bool = True) -> Call:
        return strategies.aggregate3(multicall3, [calls[i] for i in positions], allow_failure=allow_failure)

    return join


def unproven(order: UUID, what: str, *, alone_may_fail: bool, proven: bool, left_over: bool) -> Verdict:
    """An order without an event of its own, in a transaction that succeeded; `what` says so, such as "no event mints for it".

    `proven`: others of its transaction have theirs. `left_over`: there is an event that could be this one's.
    """
    if alone_may_fail and proven and not left_over:
        return Verdict(order, Status.FAILED, Reason.NOT_PAID, f"Its call failed inside the batch; {what}.")
    return Verdict(order, Status.HELD, Reason.REVIEW, f"The transaction succeeds, but {what}.")
