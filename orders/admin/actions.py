"""What staff may ask of an order. `orders.actions` decides and carries out; this is only the door."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from look.badges import Tone
from look.base import DateTimeField
from look.forms import ReasonForm
from look.staff_actions import Refused, StaffAction
from orders import actions
from orders.admin.evidence import evidence_of
from orders.models import Order, ReleaseRequest
from orders.states import Action

OPERATE = "orders.operate_order"


class HoldForm(ReasonForm):
    until = DateTimeField(required=False, help_text="Optional. Empty: until somebody releases it.")


def _act(do: Callable[..., Order]) -> Callable[[HttpRequest, Order, Mapping[str, Any]], None]:
    def act(request: HttpRequest, order: Order, answers: Mapping[str, Any]) -> None:
        more = {"until": answers["until"]} if answers.get("until") else {}
        seen = int(answers["revision"]) if answers.get("revision") else None
        try:
            do(order.pk, actor=f"staff:{request.user.get_username()}", reason=answers["reason"], revision=seen, **more)
        except actions.NotAllowed as refusal:
            raise Refused(refusal.message) from refusal

    return act


def _offered(action: Action) -> Callable[[Order], bool]:
    return lambda order: action in actions.allowed(order)


def _staff_action(action: Action, do: Callable[..., Order], done: str, tone: Tone, explanation: str) -> StaffAction[Order]:
    form = HoldForm if action == Action.HOLD else ReasonForm
    show = evidence_of if action in (Action.RETRY, Action.RELEASE) else _nothing
    return StaffAction(
        action.value, action.label, explanation, done, OPERATE, _act(do), _offered(action), form=form, tone=tone, show=show
    )


def _nothing(_order: Order) -> str:
    return ""


def can_be_asked(order: Order) -> bool:
    return actions.needs_evidence(order) and not asked(order).exists()


def can_be_confirmed(order: Order) -> bool:
    return actions.needs_evidence(order) and asked(order).exists()


def asked(order: Order) -> QuerySet[ReleaseRequest]:
    """Who has asked for the release of the order as it is now."""
    return order.release_requests.filter(revision=order.revision)


ACTIONS = [
    _staff_action(
        Action.RETRY, actions.retry, "set going again, or completed where it was paid", Tone.GOOD,
        "The order goes back into the queue and is paid when its turn comes. This is refused unless it is certain that "
        "nothing has paid it yet, so a retry cannot pay twice. If something has paid it after all, it is completed.",
    ),
    _staff_action(
        Action.RELEASE, actions.release, "released", Tone.GOOD,
        "The order goes on from where it was held. This is refused unless it is certain that nothing has paid it yet. If "
        "something has paid it after all, it is completed.",
    ),
    StaffAction(
        "ask-to-release", "Ask to release",
        "Where the evidence conflicts, two people must look before an order may be paid. You are the first: read what is "
        "shown here, look the transactions up in an explorer, and say what you found. Nothing happens until somebody else "
        "confirms.",
        "waiting for a second person", OPERATE, _act(actions.ask_to_release), can_be_asked, tone=Tone.WAIT,
        show=evidence_of,
    ),
    StaffAction(
        "confirm-release", "Confirm the release",
        "Somebody else has asked to release this order. Read what is shown here for yourself. If you confirm, the order goes "
        "back into the queue and is paid; if something has paid it after all, it is completed. It is refused while a node does "
        "not answer, or while what was signed for it may still be mined.",
        "released", OPERATE, _act(actions.confirm_release), can_be_confirmed, tone=Tone.BAD, show=evidence_of,
    ),
    _staff_action(
        Action.HOLD, actions.hold, "held", Tone.WAIT,
        "The order stays here and is not paid until somebody releases it, or until the time you give.",
    ),
    _staff_action(
        Action.CANCEL, actions.cancel, "cancelled", Tone.BAD,
        "The order will never be paid, and this cannot be undone. An order already on its way cannot be cancelled here.",
    ),
]  # fmt: skip
