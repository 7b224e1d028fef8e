"""One bad item of many does not cost the others: what cannot be done together is done in halves, down to the one at fault."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import DataError, Error, IntegrityError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


def apart(items: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]], blame: Callable[[T, Exception], R]) -> list[R]:
    """One for one: what `work` makes of the items, and `blame` of one with which `work` fails even when it is alone.

    A database or a Redis that is away, or forbids it, is nobody's fault: raises their errors.
    """
    if not items:
        return []
    try:
        return list(work(items))
    except (DataError, IntegrityError) as error:
        trouble: Exception = error
    except (Error, RedisError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other items have not deserved it; logged below
        trouble = error
    if len(items) == 1:
        log.error("item_at_fault", exc_info=trouble)
        return [blame(items[0], trouble)]
    middle = len(items) // 2
    return [*apart(items[:middle], work, blame), *apart(items[middle:], work, blame)]
