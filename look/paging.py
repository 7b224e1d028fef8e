"""Pages of a table that may hold millions of rows."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNT_UP_TO = 10_000  # rows; nobody pages further, and an exact count of a million rows takes as long as all else together


class CappedPaginator(Paginator[Any]):
    """Counts up to COUNT_UP_TO and no further; what lies behind is reached by filters and search."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNT_UP_TO].count())
