"""A claim from pending to proved, on a real chain."""

from collections.abc import Callable

from chain.models import Transaction
from orders.models import Order
from orders.states import Reason, Status
from tests.factories import make_claim
from tests.flow.conftest import World

Work = Callable[..., None]


def test_a_claim_is_minted_and_completed_with_its_token(world: World, work: Work) -> None:
    reward, badge = world.badge()
    claim = make_claim(reward)
    work(reward.wallet)
    claim.refresh_from_db()
    assert claim.order.status == Status.COMPLETED
    assert badge.call("ownerOf", claim.token_ids[0]) == claim.recipient.lower()


def test_a_batch_sheds_its_bad_orders_and_mints_the_rest_in_one_transaction(world: World, work: Work) -> None:
    reward, badge = world.badge()
    claims = [make_claim(reward) for _ in range(20)]
    for claim in claims[3:6]:
        badge.send("refuse", claim.recipient, True)
    work(reward.wallet)
    assert Transaction.objects.count() == 1
    assert Order.objects.filter(status=Status.COMPLETED).count() == 17
    failed = Order.objects.filter(status=Status.FAILED, reason=Reason.SIMULATION_REVERTED)
    assert {o.fail_reason for o in failed} == {f"RecipientRefused(recipient={c.recipient})" for c in claims[3:6]}
