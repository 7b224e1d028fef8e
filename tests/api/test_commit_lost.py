"""The connection to the database breaks in the middle of a COMMIT: whoever asks again finds one order, one action."""

from collections.abc import Iterator

import pytest

from orders.models import Event, Order
from orders.states import Status
from tests.api.conftest import make_caller
from tests.behind import behind_proxy
from tests.factories import an_address, make_claim, make_pool, make_reward
from tests.proxy import Proxy
from tests.statements import CutAt, When, commit_of

pytestmark = pytest.mark.fault(38)

STORES = {
    "claim": b'INTO "orders_order"', "withdrawal": b'INTO "orders_order"', "bulk": b'COPY "orders_order"',
}  # fmt: skip


@pytest.fixture
def proxy(transactional_db: None) -> Iterator[Proxy]:
    with behind_proxy() as proxy:
        yield proxy


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("kind", ["claim", "withdrawal", "bulk"])
def test_a_repeated_request_finds_or_makes_the_one_order(proxy: Proxy, kind: str, when: When) -> None:
    caller = make_caller()
    path, body = request(kind)
    proxy.harm = cut = CutAt(commit_of(STORES[kind]), when)
    lost = caller.post(path, body, key="k-1")
    proxy.heal()
    assert (lost.status_code, lost.json()["code"], lost.headers["Retry-After"]) == (503, "try_again", "1")
    assert cut.met is not None
    assert caller.stored() == (1 if when is When.AFTER else 0)
    again = caller.post(path, body, key="k-1")
    assert (again.status_code // 100, caller.stored()) == (2, 1)
    assert ("Idempotent-Replayed" in again.headers) == (when is When.AFTER)


def request(kind: str) -> tuple[str, dict[str, object]]:
    match kind:
        case "claim":
            return f"/rewards/{make_reward().pk}/claim", {"recipient": an_address()}
        case "withdrawal":
            return "/withdrawals", {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "1000"}
    row = {"kind": "claim", "reward": str(make_reward().pk), "recipient": an_address()}
    return "/orders/bulk", {"orders": [row]}


@pytest.mark.parametrize("when", When)
def test_an_action_counts_once_and_whoever_asks_again_reads_how_it_stands(proxy: Proxy, when: When) -> None:
    caller = make_caller()
    order = make_claim(order_client=caller.client).order
    body = {"revision": 0, "reason": "mine now"}
    proxy.harm = CutAt(commit_of(b"WITH wish AS"), when)
    assert caller.post(f"/orders/{order.pk}/cancel", body).status_code == 503
    proxy.heal()
    again = caller.post(f"/orders/{order.pk}/cancel", body)
    assert again.status_code == (409 if when is When.AFTER else 200)
    assert Order.objects.get().status == Status.CANCELLED
    assert Event.objects.filter(order=order, to_status=Status.CANCELLED).count() == 1
