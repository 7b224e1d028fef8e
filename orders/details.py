"""From an order to the row of its own kind and the group it belongs to, such as a reward, without knowing the kinds."""

from typing import Any

from orders.models import Order
from orders.queue import Queue, queues


def group_name(queue: Queue) -> str:
    """The details' foreign key to their group, such as `reward`."""
    return queue.related.partition("__")[0]


def joins() -> list[str]:
    """For `select_related`: the details of every kind and their groups."""
    return [f"{_name(queue)}__{group_name(queue)}" for queue in queues().values()]


def detail_of(order: Order) -> Any:
    """The row of the order's own kind; None if there is none."""
    return getattr(order, _name(queues()[order.kind]), None)


def group_of(order: Order) -> Any:
    """The reward, pool or staking contract of the order; None if it has no details."""
    return getattr(detail_of(order), group_name(queues()[order.kind]), None)


def group_model(queue: Queue) -> Any:
    """The model of a kind's groups, such as Reward."""
    return queue.details._meta.get_field(group_name(queue)).related_model


def _name(queue: Queue) -> str:
    return str(queue.details._meta.model_name)
