"""The export says what the list says, in cells that no spreadsheet runs or rounds."""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.test import Client as Browser

from orders.csv_export import cell
from tests.admin.conftest import Login
from tests.factories import make_claim, make_withdrawal

EXPORT = "/admin/orders/order/export.csv"


def rows(browser: Browser, **query: str) -> list[dict[str, str]]:
    answer = browser.get(EXPORT, query)
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_formula_stays_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_a_number_too_long_for_a_spreadsheet_stays_text() -> None:
    assert cell(2**256 - 1) == f"'{2**256 - 1}"
    assert cell(21000) == "21000"


def test_times_are_iso_and_nothing_is_empty() -> None:
    assert cell(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05+00:00"
    assert cell(None) == ""


def test_it_exports_each_kind(login: Login) -> None:
    make_claim(quantity=3)
    make_withdrawal(amount=10**30, order_external_id="=cmd|' /C calc'!A0")
    withdrawal, claim = rows(login("viewer"))
    assert (claim["kind"], claim["quantity"]) == ("claim", "3")
    assert withdrawal["amount"] == "'1000000000000000000000000000000"
    assert withdrawal["external_id"].startswith("'=")


def test_it_exports_what_the_filters_choose(login: Login) -> None:
    make_claim()
    held = make_claim(order_status="held", order_reason="staff")
    assert [row["id"] for row in rows(login("viewer"), status__exact="held")] == [str(held.pk)]


def test_it_is_for_staff_only(client: Browser) -> None:
    assert client.get(EXPORT).status_code == 302
