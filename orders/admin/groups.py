"""What the pages of rewards, pools and staking contracts share: each can be stopped, says so, and is set going again there."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from look.admin import ConfiguredAdmin
from look.badges import Tone, badge
from look.base import M
from look.staff_actions import Button, Refused, StaffAction
from orders.admin.actions import OPERATE
from orders.models import Stop
from orders.notify import notify
from orders.waiting import clock


def is_stopped(group: Any) -> bool:
    return Stop.objects.filter(group=group.pk).exists()


def wallet_of(group: Any) -> Any:
    """The wallet whose lane serves the group: its own, or its pool's; the sponsor's where it has one."""
    wallet = group.wallet or group.pool.wallet
    return wallet.sponsor or wallet


def stop(request: HttpRequest, group: Any, answers: Mapping[str, Any]) -> None:
    by = f"staff:{request.user.get_username()}"
    _, created = Stop.objects.get_or_create(
        group=group.pk, defaults={"wallet": wallet_of(group), "reason": answers["reason"], "by": by}
    )
    if not created:
        raise Refused("It is stopped already.")


def resume(_request: HttpRequest, group: Any, _answers: Mapping[str, Any]) -> None:
    stopped = Stop.objects.filter(group=group.pk)
    wallets = list(stopped.values_list("wallet", flat=True))
    if not stopped.delete()[0]:
        raise Refused("It is not stopped.")
    notify(wallets)


ACTIONS: Sequence[StaffAction[Any]] = [
    StaffAction(
        "resume", "Resume", "Its waiting orders will be sent again, the oldest first. Make sure the cause is gone: if the "
        "contract refuses them all once more, it will stop by itself.",
        "resumed", OPERATE, resume, is_stopped, tone=Tone.GOOD,
    ),
    StaffAction(
        "stop", "Stop", "Nothing more of it will be sent until somebody resumes it. Orders are still taken and wait; those on "
        "their way are followed to their end.",
        "stopped", OPERATE, stop, lambda group: not is_stopped(group), tone=Tone.WAIT,
    ),
]  # fmt: skip


class GroupAdmin(ConfiguredAdmin[M]):
    """`stays` are the fields that never change once it has `details`; the database says so too."""

    staff_actions = ACTIONS
    details: str  # the related name of its orders' own table
    stays: tuple[str, ...]

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> list[str]:
        has_orders = obj is not None and getattr(obj, self.details).exists()
        return [*super().get_readonly_fields(request, obj), *(self.stays if has_orders else ())]

    def head(self, row: M) -> tuple[str, str]:
        stopped = Stop.objects.filter(group=row.pk).first()
        if stopped is not None:
            return badge("stopped", Tone.BAD), f"Nothing of it is sent, since {clock(stopped.since)}: {stopped.reason}"
        is_open = bool(getattr(row, "is_open", True))
        return (badge("open", Tone.GOOD), "Takes orders.") if is_open else (badge("closed"), "Refuses new orders.")

    def buttons(self, request: HttpRequest, row: M) -> list[Button]:
        orders = Button("Its orders", f"{reverse('admin:orders_order_changelist')}?group={row.pk}")
        return [orders, *super().buttons(request, row)]
