"""What audits found, in the admin."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from orders.audit.codes import OrderCode
from orders.models import AuditFinding, AuditRun
from tests.admin.conftest import Login, bind
from tests.factories import make_claim


@pytest.fixture
def finding(db: None) -> AuditFinding:
    claim = make_claim()
    transaction = bind(claim.order)
    run = AuditRun.objects.create(complete=True, found=1)
    return AuditFinding.objects.create(
        key="paid_twice:1", code=OrderCode.PAID_TWICE, severity="critical", sentence="Claim 7 has been paid twice.",
        wallet=transaction.wallet, order=claim.order, transaction=transaction, tx_hash="0x" + "ab" * 32,
        evidence={"surplus": "1"}, first_run=run, last_run=run,
    )  # fmt: skip


def page(finding: AuditFinding) -> str:
    return reverse("admin:orders_auditfinding_change", args=[finding.pk])


def doing(finding: AuditFinding) -> str:
    return reverse("admin:orders_auditfinding_do", args=[finding.pk, "look"])


def test_everybody_sees_what_was_found(login: Login, finding: AuditFinding) -> None:
    viewer = login("viewer")
    text = viewer.get(page(finding)).content.decode()
    assert "Claim 7 has been paid twice." in text
    assert "surplus" in text
    assert "/do/look/" not in text
    assert viewer.get(reverse("admin:orders_auditrun_change", args=[finding.first_run_id])).status_code == 200


def test_it_needs_a_person_until_one_has_looked(login: Login, finding: AuditFinding) -> None:
    browser = login("operator")
    index = reverse("admin:index")
    assert "Audit: an order has been paid more than once (1)" in browser.get(index).content.decode()
    answer = browser.post(doing(finding), {"reason": "both were ordered", "confirmed": "1"})
    finding.refresh_from_db()
    assert (answer.status_code, finding.looked_at_by) == (302, "staff:the-operator")
    assert finding.looked_at_reason == "both were ordered"
    assert "Audit:" not in browser.get(index).content.decode()
    assert "the-operator has looked at it: both were ordered" in browser.get(page(finding)).content.decode()


def test_a_viewer_cannot_say_so(login: Login, finding: AuditFinding) -> None:
    answer = login("viewer").post(doing(finding), {"reason": "no", "confirmed": "1"})
    finding.refresh_from_db()
    assert (answer.status_code, finding.looked_at) == (403, None)


@pytest.mark.parametrize(("open_", "shown"), [("yes", True), ("no", False)])
def test_the_list_can_be_cut_to_what_is_open(login: Login, finding: AuditFinding, open_: str, shown: bool) -> None:
    browser: Browser = login("viewer")
    text = browser.get(reverse("admin:orders_auditfinding_changelist"), {"open": open_}).content.decode()
    assert ("Claim 7 has been paid twice." in text) == shown
