"""Whatever people change is in the trail, whichever way they went, and nothing in the trail can be changed without showing."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models
from django.db.transaction import atomic
from django.test import Client as Browser
from django.urls import reverse

from chain import maintenance, steering, trail
from chain.models import Attempt, Network, Transaction, Wallet
from chain.trail import Trail
from claims.models import Claim, Reward
from orders import keys
from orders.models import BulkRequest, Event, Order
from orders.states import Scope
from tests.admin.conftest import Login, bind
from tests.api.conftest import Caller
from tests.factories import make_claim, make_client, make_network, make_pool, make_reward, make_wallet, make_withdrawal
from tests.lanes import robbed_wallet
from withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db
# The trail is written at the commit, which must come while the request lasts.
COMMITTED = pytest.mark.django_db(transaction=True)
SECRET_URL = "https://user:pa55@rpc.example.org/v3/k3yk3y"


def written(**which: Any) -> list[Any]:
    """What is in the trail once the transaction ends, the oldest first."""
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return list(Trail.objects.filter(**which).order_by("pk"))


# -- what is written ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (make_network, {"confirmations": 3}),
        (make_wallet, {"max_in_flight": 1}),
        (make_reward, {"is_open": False}),
        (make_pool, {"is_open": False}),
        (make_client, {"is_active": False}),
    ],
)
def test_configuration_leaves_a_trace_even_past_the_code(make: Any, change: dict[str, Any]) -> None:
    row = make()
    table = row._meta.db_table
    type(row).objects.filter(pk=row.pk).update(**change)  # as a shell would, or psql
    type(row).objects.filter(pk=row.pk).delete()
    made, changed, deleted = written(subject=table, subject_id=str(row.pk))
    (name, after), before = *change.items(), getattr(row, next(iter(change)))
    assert (made.action, made.before, made.after["name"]) == ("insert", None, row.name)
    assert (changed.action, changed.before, changed.after) == ("update", {name: before}, {name: after})
    assert (deleted.action, deleted.after, deleted.before["name"]) == ("delete", None, row.name)


def test_it_tells_the_databases_user_where_nobody_said_who_it_was() -> None:
    make_client()
    (row,) = written(subject="orders_client")
    assert (row.actor, row.role) == ("database:claimdesk", "claimdesk")


def test_secrets_are_fingerprints_in_it() -> None:
    make_network(rpc_urls=SECRET_URL)
    Network.objects.update(rpc_urls=f"{SECRET_URL}2\nenv:OTHER")
    key, text = keys.issue(make_client(), [Scope.ORDERS_READ])
    rows = written()
    whole = json.dumps([[row.before, row.after] for row in rows])
    secrets = ["k3yk3y", "pa55", key.digest, text.split("_", 2)[2]]
    assert [secret for secret in secrets if secret in whole] == []
    before, after = (row.after["rpc_urls"] for row in rows if row.subject == "chain_network")
    assert before.startswith("https://rpc.example.org/… sha256:")
    assert before != after


def test_what_a_lane_counts_is_nobodys_change() -> None:
    reward = make_reward(limit_total=5)
    written()
    number = Trail.objects.count()
    Wallet.objects.update(fence=7, next_nonce=8, balance=9, waiting="gas", last_tick_at="2026-01-01T00:00Z")
    Reward.objects.filter(pk=reward.pk).update(taken=3)
    Network.objects.update(rests_until="2026-01-01T00:00Z", simulation="x")
    assert len(written()) == number


def test_a_quarantine_is_in_it() -> None:
    make_wallet()
    Wallet.objects.update(status="quarantined", status_reason="a strange nonce", status_by="lane")
    assert written(subject="chain_wallet", action="update")[0].after["status_reason"] == "a strange nonce"


def test_both_people_of_a_release_are_in_it() -> None:
    with robbed_wallet(1, first_nonce=0, next_nonce=0) as wallet:
        steering.ask_for_release(wallet, by="staff:ana", reason="a manual transfer")
        steering.release(wallet, by="staff:ben", asked_by="staff:ana", nonce=1)
    asked, released = written(subject="chain_wallet", action="update")
    assert (asked.after["release_asked_by"], released.after["released_by"]) == ("staff:ana", "staff:ben")
    assert (released.before["status"], released.after["status"]) == ("quarantined", "active")


def test_that_nothing_is_sent_and_that_it_is_again_are_in_it() -> None:
    maintenance.begin("a restore", by="command:ana")
    maintenance.end(by="command:ben", reason="looked")
    rows = written(subject="chain_installation")
    assert rows[-2].after["maintenance_by"] == "command:ana"
    assert rows[-1].after["maintenance_by"] == "command:ben"


# -- who, from where, why ------------------------------------------------------------------------------------------------------


@COMMITTED
def test_a_change_on_a_page_names_who_made_it_and_from_where(login: Login) -> None:
    network = make_network()
    browser = login("administrator")
    form = {**page_of(browser, network), "confirmations": "9"}
    answer = browser.post(reverse("admin:chain_network_change", args=[network.pk]), form, REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    (row,) = written(subject="chain_network", action="update")
    assert (row.actor, row.ip, row.after) == ("staff:the-administrator", "198.51.100.7", {"confirmations": 9})
    assert len(row.request_id) == 36


def page_of(browser: Browser, network: Network) -> dict[str, Any]:
    form = browser.get(reverse("admin:chain_network_change", args=[network.pk])).context["adminform"].form
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: form.fields[name].prepare_value(value) or "" for name, value in shown.items()}


@COMMITTED
def test_an_action_of_staff_keeps_its_reason(operator: Browser) -> None:
    wallet = make_wallet()
    answer = operator.post(
        reverse("admin:chain_wallet_do", args=[wallet.pk, "pause"]), {"confirmed": "y", "reason": "rotation"}
    )
    assert answer.status_code == 302
    (row,) = written(subject="chain_wallet", action="update")
    assert (row.actor, row.reason, row.after["status"]) == ("staff:the-operator", "rotation", "paused")


@COMMITTED
def test_what_staff_do_to_an_order_is_in_it(operator: Browser) -> None:
    order = make_claim().order
    operator.post(reverse("admin:orders_order_do", args=[order.pk, "hold"]), {"confirmed": "y", "reason": "ask the shop"})
    moved = written(subject="orders_order", subject_id=str(order.pk))
    assert [(row.actor, row.action, row.reason) for row in moved if row.action == "move"] == [
        ("staff:the-operator", "move", "ask the shop")
    ]
    assert moved[0].before == {"status": "pending"}
    assert moved[0].ip == "127.0.0.1"


@COMMITTED
def test_what_a_client_does_to_an_order_is_in_it(caller: Caller) -> None:
    order = make_claim(order_client=caller.client).order
    caller.post(f"/orders/{order.pk}/cancel", {"revision": 0, "reason": "typo"}, REMOTE_ADDR="203.0.113.4")
    (row,) = written(action="move")
    assert (row.actor, row.ip, row.reason) == (f"client:{caller.client.name}", "203.0.113.4", "typo")


def test_what_the_lane_does_is_in_the_orders_own_history_only() -> None:
    bind(make_claim().order)
    assert written(action="move") == []


@COMMITTED
def test_what_was_refused_is_in_it_too(operator: Browser) -> None:
    order = make_claim().order
    bind(order)
    operator.post(reverse("admin:orders_order_do", args=[order.pk, "retry"]), {"confirmed": "y", "reason": "again"})
    (row,) = written(action="admin")
    assert (row.actor, row.subject, row.subject_id) == ("staff:the-operator", "orders_order", str(order.pk))
    assert "refused" in row.after["message"]


@COMMITTED
def test_a_new_key_and_its_end_are_in_it(login: Login) -> None:
    browser, client = login("administrator"), make_client()
    browser.post(reverse("admin:orders_client_key", args=[client.pk]), {"scopes": [Scope.ORDERS_READ]})
    key = client.keys.get()
    browser.post(reverse("admin:orders_apikey_do", args=[key.pk, "revoke"]), {"confirmed": "y", "reason": "leaked"})
    rows = written(subject="orders_apikey", actor="staff:the-administrator")
    assert [row.action for row in rows] == ["insert", "update", "admin"]
    assert rows[1].after["revoked_at"]
    assert rows[1].reason == "leaked"


@COMMITTED
def test_a_new_colleague_and_a_new_role_are_in_it(login: Login) -> None:
    browser = login("superuser")
    new = {"username": "ana", "password1": "g5-Hq2-vvT", "password2": "g5-Hq2-vvT", "usable_password": "true"}
    assert browser.post(reverse("admin:auth_user_add"), new).status_code == 302
    row = written(subject="auth_user", action="insert")[-1]
    assert (row.actor, row.after["username"], row.after["password"][:7]) == ("staff:the-superuser", "ana", "sha256:")
    assert "pbkdf2" not in json.dumps(row.after)
    User.objects.get(username="ana").groups.add(Group.objects.get(name="operator"))
    assert written(subject="auth_user_groups", action="insert")


@COMMITTED
def test_the_next_request_on_the_same_connection_is_nobodys(operator: Browser) -> None:
    wallet = make_wallet()
    operator.post(reverse("admin:chain_wallet_do", args=[wallet.pk, "pause"]), {"confirmed": "y", "reason": "rotation"})
    written()
    Wallet.objects.update(max_in_flight=3)
    assert (written()[-1].actor, written()[-1].reason) == ("database:claimdesk", "")


# -- it stays as it was written ---------------------------------------------------------------------------------------

HISTORY: list[type[models.Model]] = [Trail, Event, Order, Transaction, Attempt, Claim, Withdrawal, BulkRequest]


@pytest.mark.parametrize("model", HISTORY)
def test_a_history_cannot_be_emptied(model: type[models.Model]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


@pytest.mark.parametrize("model", [Claim, Withdrawal, BulkRequest, Trail])
def test_a_line_of_it_cannot_be_deleted(model: type[models.Model]) -> None:
    make_claim(), make_withdrawal()
    BulkRequest.objects.create(client=make_client(), idempotency_key="k", request_hash="h", results=[])
    written()
    with pytest.raises(DatabaseError, match="append-only"), atomic():
        model.objects.all()._raw_delete("default")  # type: ignore[attr-defined]  # as SQL would, without Django's look first


@pytest.mark.parametrize(
    "change", [{"client": None}, {"idempotency_key": "x"}, {"external_id": "x"}, {"kind": "withdrawal"}, {"request_hash": "x"}]
)
def test_who_ordered_what_never_changes(change: dict[str, Any]) -> None:
    make_claim(order_client=make_client())
    with pytest.raises(DatabaseError, match="never changes"), atomic():
        Order.objects.update(**change)


def test_a_line_of_the_trail_cannot_be_changed() -> None:
    make_client()
    written()
    with pytest.raises(DatabaseError, match="append-only"), atomic():
        Trail.objects.update(actor="nobody")


def test_nobody_chooses_number_time_or_hash() -> None:
    make_client()
    written()
    Trail.objects.create(
        id=99, at="2001-01-01T00:00Z", actor="x", role="y", action="insert", subject="s", hash="z", previous="p"
    )
    row = Trail.objects.latest("pk")
    assert (row.pk, row.role, row.at.year > 2001, len(row.hash)) == (2, "claimdesk", True, 64)
    assert list(trail.faults(trail.links())) == []


# -- and shows if it does not -----------------------------------------------------------------------------------------


def tamper(sql: str) -> None:
    """What a superuser of the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def some() -> None:
    for number in range(4):
        make_client(f"client-{number}")
    assert len(written()) == 4


def test_an_untouched_trail_is_whole(tmp_path: Path) -> None:
    some()
    call_command("trail", "verify", stdout=(said := io.StringIO()))
    assert said.getvalue() == "The trail is whole.\n"


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE chain_trail SET actor = 'staff:somebody-else' WHERE id = 2", "change 2 was altered"),
        ("""UPDATE chain_trail SET after = '{"name": "x"}' WHERE id = 3""", "change 3 was altered"),
        ("UPDATE chain_trail SET at = at - interval '1 hour' WHERE id = 1", "change 1 was altered"),
        ("DELETE FROM chain_trail WHERE id = 2", "changes 2 to 2 are missing"),
        ("DELETE FROM chain_trail WHERE id = 1", "changes 1 to 1 are missing"),
        ("UPDATE chain_trail SET hash = repeat('a', 64) WHERE id = 2", "change 3 does not follow the one before it"),
    ],
)
def test_what_was_altered_is_found(sql: str, fault: str) -> None:
    some()
    tamper(sql)
    assert fault in list(trail.faults(trail.links()))
    with pytest.raises(SystemExit) as end:
        call_command("trail", "verify", stderr=io.StringIO())
    assert end.value.code == 1


def exported(path: Path, *arguments: str) -> Path:
    with path.open("w") as file:
        call_command("trail", "export", *arguments, stdout=file)
    return path


def test_a_trail_written_anew_differs_from_what_was_exported(tmp_path: Path) -> None:
    """Whoever owns the server can make all hashes anew; a copy kept elsewhere tells."""
    some()
    copy = exported(tmp_path / "trail.jsonl")
    call_command("trail", "verify", str(copy), stdout=io.StringIO())
    tamper("UPDATE chain_trail SET actor = 'nobody' WHERE id = 2")
    tamper(
        "DO $$ DECLARE r chain_trail; last text := repeat('0', 64); BEGIN FOR r IN SELECT * FROM chain_trail ORDER BY id LOOP "
        "UPDATE chain_trail SET previous = last, hash = encode(sha256(convert_to(last || chain_trail_text(r), 'UTF8')), 'hex') "
        "WHERE id = r.id RETURNING hash INTO last; END LOOP; END $$"
    )
    assert list(trail.faults(trail.links())) == []
    with pytest.raises(SystemExit):
        call_command("trail", "verify", str(copy), stderr=(said := io.StringIO()))
    assert "change 2 is another one now" in said.getvalue()


def test_a_part_of_it_can_be_exported_and_verified(tmp_path: Path) -> None:
    some()
    part = exported(tmp_path / "part.jsonl", "--after", "2")
    assert [json.loads(json.loads(line)["text"])[0] for line in part.read_text().splitlines()] == [3, 4]
    call_command("trail", "verify", str(part), stdout=io.StringIO())
    part.write_text(part.read_text().replace("client-2", "client-9"))
    with pytest.raises(SystemExit):
        call_command("trail", "verify", str(part), stderr=io.StringIO())


@pytest.mark.parametrize("text", ["nonsense", "{}", "[1]"])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(CommandError, match="no export"):
        call_command("trail", "verify", str(tmp_path / "x"))


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_make_one_chain() -> None:
    def change(number: int) -> None:
        try:
            with atomic():
                make_client(f"client-{number}")
                make_network(name=f"network-{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(24)))
    assert list(Trail.objects.order_by("pk").values_list("pk", flat=True)) == list(range(1, 49))
    assert list(trail.faults(trail.links())) == []


def test_rows_name_themselves_for_people() -> None:
    client = make_client()
    assert str(written()[0]) == f"insert orders_client {client.pk}"
