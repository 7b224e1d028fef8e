"""Who is nobody gets nowhere, and a client sees its own: shown over every address that the project answers at."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mints.models import MintJob
from orders import keys
from orders.many.bulk import replay
from orders.models import BulkRequest, Order
from orders.states import Scope
from tests.admin.conftest import bind
from tests.api.conftest import V1, Caller, make_caller
from tests.factories import an_address, make_claim, make_pool, make_reward, make_stake, make_withdrawal, signed, stake_body
from tests.mints.stages import make_collection as stored_collection

# What anybody may ask, and why.
PUBLIC = {
    "healthz": "process managers ask it",
    "readyz": "load balancers ask it",
    "monitor": "uptime tools ask it",
    "monitor-liveness": "whoever starts dead processes again asks it",
    "monitor-readiness": "uptime tools ask it",
    "metrics": "Prometheus reads it: numbers and names of states; SECURITY.md says to keep it inside",
    "schema": "the API's description",
    "docs": "the API's description",
    "redoc": "the API's description",
    "admin:login": "one has to begin somewhere",
    "admin:logout": "by POST, and then to the log-in page",
    "admin:jsi18n": "the calendar's words",
    "ipfs": "tokens link to it: markets and wallets read pictures and metadata",
    "ipfs-folder": "tokens link to it",
    "ipfs-path": "tokens link to it",
}
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
ANY_ID = "0190f5e6-7b1a-7c3d-8e4f-123456789abc"
ARGUMENTS = {
    "order_id": ANY_ID, "wallet_id": ANY_ID, "transaction_id": ANY_ID, "collection_id": ANY_ID, "job_id": ANY_ID,
    "asset_id": 1, "number": 0, "tx_hash": "0x" + "ab" * 32, "reward": "nothing", "object_id": "1", "id": "1", "client_id": "1",
    "name": "pause", "app_label": "orders", "content_type_id": "1", "url": "x",
    "cid": "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e", "path": "1.json",
}  # fmt: skip


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern of the project with its name, namespace included."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)
        else:
            yield f"{prefix}{each.name or ''}", each


def path_of(name: str, pattern: URLPattern) -> str | None:
    """An address that the pattern answers at; None for one without a name, which is a fall-back for unknown paths."""
    wanted = pattern.pattern.regex.groupindex
    try:
        return reverse(name, kwargs={key: ARGUMENTS[key] for key in wanted}) if wanted else reverse(name)
    except KeyError:
        raise AssertionError(f"{name} has arguments that this test does not know: {set(wanted)}") from None


NAMED = {name: path for name, pattern in patterns() if not name.endswith(":") and (path := path_of(name, pattern))}


# -- nobody ----------------------------------------------------------------------------------------------------------------


def test_the_test_sees_all_addresses() -> None:
    assert {"orders", "orders-bulk", "reward-give", "admin:orders_client_key", "admin:auth_user_password_change"} <= set(NAMED)
    assert len(NAMED) > 80


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(NAMED) - set(PUBLIC)))
def test_whoever_is_nobody_is_turned_away(name: str, client: Browser) -> None:
    client.raise_request_exception = False
    for method in METHODS:
        answer = getattr(client, method)(NAMED[name])
        to_login = answer.status_code == 302 and "/admin/login/" in answer["Location"]
        assert to_login or answer.status_code in (401, 403, 405), (method, NAMED[name], answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_what_is_public_changes_nothing_for_nobody(name: str, client: Browser) -> None:
    assert client.get(NAMED[name]).status_code in (200, 302, 404, 405, 500, 503)
    assert client.delete(NAMED[name]).status_code in (200, 302, 405, 500, 503)


API = sorted(name for name, path in NAMED.items() if path.startswith(V1))


@pytest.mark.django_db
@pytest.mark.parametrize("name", API)
def test_a_key_without_scopes_may_do_nothing(name: str) -> None:
    caller = make_caller([])
    for method in ("get", "post"):
        answer = getattr(caller.browser, method)(NAMED[name], headers=caller.headers)
        assert answer.status_code in (403, 405), (method, answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("name", API)
def test_no_session_opens_the_api(name: str, login: Any) -> None:
    """A cookie would let any web page that staff look at send orders."""
    assert login("superuser").get(NAMED[name]).status_code in (401, 405)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name in NAMED if name.startswith("admin:") and name not in PUBLIC))
def test_a_key_opens_no_page_of_the_admin(name: str, caller: Caller) -> None:
    answer = caller.browser.get(NAMED[name], headers=caller.headers)
    assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True)


# -- somebody else -----------------------------------------------------------------------------------------------------------


class Theirs:
    """Orders of another client, in every way they can be found, with marks that must not show anywhere."""

    def __init__(self) -> None:
        self.caller = make_caller()
        mine: dict[str, Any] = {"order_client": self.caller.client}
        self.claim = make_claim(order_external_id="their-claim", order_idempotency_key="their-key", **mine)
        self.withdrawal = make_withdrawal(order_external_id="their-withdrawal", **mine)
        self.stake = make_stake(order_external_id="their-stake", signature_id="their-signature", **mine)
        self.collection = stored_collection(client=self.caller.client, external_id="their-collection")
        self.job = MintJob.objects.create(collection=self.collection, client=self.caller.client)
        self.item = self.collection.items.order_by("number")[0]
        self.transaction = bind(self.claim.order)
        self.hash = self.transaction.attempts.get().hash

    @property
    def marks(self) -> list[str]:
        found = [
            self.claim.pk,
            self.withdrawal.pk,
            self.stake.pk,
            self.claim.recipient,
            self.withdrawal.recipient,
            self.stake.recipient,
            self.collection.pk,
            self.job.pk,
            self.item.pk,
            self.item.recipient,
            self.transaction.pk,
            self.hash,
        ]
        return [
            str(mark)
            for mark in (*found, "their-claim", "their-withdrawal", "their-stake", "their-collection", self.caller.client.name)
        ]


@pytest.fixture
def theirs(db: None) -> Theirs:
    return Theirs()


def visits(theirs: Theirs) -> dict[str, list[tuple[str, str, Any]]]:
    """By URL name: what a stranger sends there in the hope of seeing something."""
    orders = [theirs.claim.pk, theirs.withdrawal.pk, theirs.stake.pk, theirs.item.pk]
    body = {"revision": 0, "reason": "mine now"}
    lists = [
        f"?external_id={theirs.claim.order.external_id}",
        f"?recipient={theirs.claim.recipient}",
        "?status=busy",
        "?limit=200",
    ]
    more = [
        f"?reward={theirs.claim.reward_id}", f"?pool={theirs.withdrawal.pool_id}", f"?staking={theirs.stake.staking_id}",
        f"?collection={theirs.collection.pk}",
    ]  # fmt: skip
    collection, job = str(theirs.collection.pk), str(theirs.job.pk)
    item = {"kind": "claim", "reward": str(theirs.claim.reward_id), "recipient": theirs.claim.recipient}
    actions = ["cancel", "hold", "release", "retry"]
    return {
        "orders": [("get", query, None) for query in ("", *lists, *more)],
        "claims": [("get", query, None) for query in ("", *lists, more[0])],
        "withdrawals": [("get", query, None) for query in ("", *lists, more[1])],
        "stakes": [("get", query, None) for query in ("", *lists, more[2], "?signature_id=their-signature")]
        + [("post", "", stake_body(theirs.stake))],
        "restakes": [("post", "", stake_body(signed(theirs.stake.staking, stake_id=1, signature_id="their-signature")))],
        "order": [("get", str(pk), None) for pk in orders],
        "order-timeline": [("get", str(pk), None) for pk in orders],
        **{f"order-{action}": [("post", str(pk), body) for pk in orders] for action in actions},
        "transaction": [("get", str(theirs.transaction.pk), None)],
        "transaction-by-hash": [("get", theirs.hash, None), ("get", theirs.hash.upper().replace("X", "x"), None)],
        "orders-bulk": [("post", "", {"orders": [{**item, "external_id": "a", "recipient": an_address()}]})],
        "orders-preview": [("post", "", {**item, "recipient": an_address()})],
        "reward-claim": [("post", str(theirs.claim.reward_id), {"recipient": an_address(), "external_id": "b"})],
        "reward-give": [("post", str(theirs.claim.reward_id), {"recipient": an_address(), "external_id": "c"})],
        "collections": [("get", query, None) for query in ("", "?external_id=their-collection", "?limit=200")]
        + [("post", "", {"press": "none", "name": "mine", "rows": [{}]})],
        "collection": [("get", collection, None)],
        "collection-items": [("get", collection, None)],
        "collection-mints": [("post", collection, {})],
        "item-metadata": [("get", collection, None)],
        "item-proof": [("get", collection, None)],
        "job": [("get", job, None)],
        **{f"job-{action}": [("post", job, {"reason": "mine now"})] for action in ("pause", "resume", "cancel")},
        "wallets": [("get", "", None)],
        "wallet": [("get", str(theirs.claim.order.wallet_id), None)],
    }


def address(name: str, detail: str) -> str:
    keys_ = re.findall(r"\(\?P<(\w+)>", next(p for n, p in patterns() if n == name).pattern.regex.pattern)
    numbers = {"number": 0} if "number" in keys_ else {}
    return reverse(name, kwargs={keys_[0]: detail, **numbers}) if keys_ else reverse(name) + detail


def test_every_address_of_the_api_is_walked(theirs: Theirs) -> None:
    assert sorted(visits(theirs)) == API


@pytest.mark.parametrize("name", API)
def test_another_client_sees_nothing_of_it(name: str, theirs: Theirs, caller: Caller) -> None:
    before = list(Order.objects.filter(client=theirs.caller.client).order_by("pk").values())
    for method, detail, body in visits(theirs)[name]:
        path = address(name, detail).removeprefix(V1)
        answer = caller.browser.get(V1 + path, headers=caller.headers) if method == "get" else caller.post(path, body)
        assert answer.status_code in (200, 202, 400, 403, 404, 409, 503)
        asked = json.dumps([path, body])
        shown = [mark for mark in theirs.marks if mark in answer.content.decode() and mark not in asked]
        assert shown == [], (path, answer.content)
        if detail in map(str, theirs.marks):
            assert answer.status_code == 404, (path, answer.status_code)
    assert list(Order.objects.filter(client=theirs.caller.client).order_by("pk").values()) == before


@pytest.mark.fault(47)
def test_their_idempotency_key_is_none_of_ours(theirs: Theirs, caller: Caller) -> None:
    """Neither a replay of their order nor a hint that the key is taken."""
    body = {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "1"}
    answer = caller.post("/withdrawals", body, key="their-key")
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (202, False)
    assert Order.objects.get(pk=answer.json()["id"]).client == caller.client


@pytest.mark.fault(47)
def test_a_replay_finds_ones_own_order_and_not_theirs(caller: Caller) -> None:
    """Whoever asked first and whoever asked last."""
    body = {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "1"}
    callers = [caller, make_caller()]
    first = [each.post("/withdrawals", body, key="K").json()["id"] for each in callers]
    again = [each.post("/withdrawals", body, key="K").json()["id"] for each in callers]
    assert again == first
    assert first[0] != first[1]


@pytest.mark.fault(47)
def test_their_external_id_is_none_of_ours(theirs: Theirs, caller: Caller) -> None:
    body = {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "1", "external_id": "their-claim"}
    assert caller.post("/withdrawals", body).status_code == 202


@pytest.mark.fault(47)
def test_their_bulk_answer_is_none_of_ours(theirs: Theirs, caller: Caller) -> None:
    item = {"kind": "withdrawal", "pool": str(make_pool().pk), "recipient": an_address(), "amount": "1"}
    first = theirs.caller.post("/orders/bulk", {"orders": [item]}, key="B")
    second = caller.post("/orders/bulk", {"orders": [item]}, key="B")
    ids = [answer.json()["results"][0]["order"]["id"] for answer in (first, second)]
    assert len(set(ids)) == 2
    assert BulkRequest.objects.count() == 2
    assert replay(make_caller().client, "B", "") is None


def test_a_cursor_of_theirs_leads_to_ones_own_orders_only(theirs: Theirs, caller: Caller) -> None:
    reward = make_reward()
    for _ in range(3):
        make_claim(reward, order_client=theirs.caller.client)
    following = theirs.caller.get("/orders", limit=2).json()["next"]
    assert caller.browser.get(following, headers=caller.headers).json() == {"next": None, "results": []}


def test_a_shared_transaction_shows_each_client_its_own_orders(theirs: Theirs, caller: Caller) -> None:
    mine = make_claim(theirs.claim.reward, order_client=caller.client)
    Order.objects.filter(pk=mine.pk).update(status="busy", transaction=theirs.transaction)
    shown = caller.get(f"/transactions/{theirs.transaction.pk}").json()
    assert shown["orders"] == [str(mine.pk)]
    assert str(theirs.claim.pk) not in json.dumps(shown)


def test_a_key_moves_with_no_client(caller: Caller) -> None:
    """A key found by its prefix belongs to one client; the header cannot name another."""
    other = make_caller()
    claim = make_claim(order_client=other.client)
    headers = {**caller.headers, "X-Client": other.client.name, "X-Tenant": str(other.client.pk)}
    assert caller.browser.get(f"{V1}/orders/{claim.pk}", headers=headers).status_code == 404


# -- by construction ---------------------------------------------------------------------------------------------------------

# Where the API may ask for orders and transactions at all: functions that begin with the client.
TABLES = {
    "Order", "Event", "Transaction", "BulkRequest", "Claim", "Withdrawal", "Stake", "Collection", "Item", "MintJob",
}  # fmt: skip
DOORS = {"visible_to", "_transactions_of", "collections_of", "jobs_of", "item_of"}
VIEWS = [
    path
    for folder in ("orders/api", "claims", "withdrawals", "stakes", "mints")
    for path in Path(folder).glob("*.py")
    if folder == "orders/api" or path.name in ("views.py", "serializers.py")
]


@pytest.mark.parametrize("path", VIEWS, ids=str)
def test_no_view_asks_for_orders_past_the_doors(path: Path) -> None:
    tree = ast.parse(path.read_text())
    asking = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name)
        if node.value.id
        in {"Order", "Event", "Transaction", "BulkRequest", "Claim", "Withdrawal", "Stake", "Collection", "Item", "MintJob"}
    }
    assert asking <= DOORS


def test_every_scope_is_asked_for_somewhere() -> None:
    asked = {
        scope
        for name, pattern in patterns()
        if name in API
        for scopes in pattern.callback.cls.scopes.values()  # type: ignore[attr-defined]
        for scope in scopes
    }
    assert asked == set(Scope)


def test_keys_are_long_and_stored_as_digests(caller: Caller) -> None:
    key, text = keys.issue(caller.client, [Scope.ORDERS_READ])
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43  # 256 bits in base 64
    assert key.digest != secret
    assert re.fullmatch("[0-9a-f]{64}", key.digest)
