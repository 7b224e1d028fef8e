"""Callers of the API and staff, as the tests of those rooms have them."""

from tests.admin.conftest import login, operator
from tests.api.conftest import caller

__all__ = ["caller", "login", "operator"]
