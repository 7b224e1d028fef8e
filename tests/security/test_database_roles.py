"""The roles of the processes on the real PostgreSQL: all they do is done under them, and what they must not do is refused."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.transaction import atomic
from django.db.utils import ProgrammingError
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from django_q.models import OrmQ, Schedule
from redis import Redis

from chain import steering, trail
from chain.models import Network, Transaction, Wallet
from chain.states import WalletStatus
from chain.trail import Trail
from claims.leftovers import Leftover
from claims.queue_fields import take_again
from claims.queue_keys import Drained, drain
from desk import grants
from mints import runner as mint_jobs
from orders import actions
from orders.actions import NotAllowed, release_expired
from orders.models import ApiKey, Client, Stop
from orders.states import Scope, Status
from orders.worker import runner
from orders.worker.schedules import ensure_schedules
from stakes.consumer import target, when_alone
from stakes.inbox import StreamMessage
from stakes.messages import read_again
from stakes.stream import configured
from stakes.stream_intake import store_again
from tests.admin.conftest import Login, bind
from tests.api.conftest import Caller, make_caller
from tests.factories import (
    an_address,
    make_claim,
    make_client,
    make_pool,
    make_reward,
    make_staking,
    make_wallet,
    signed,
)
from tests.front_end import FrontEnd
from tests.lanes import robbed_wallet
from tests.mints.offered import form, make_press, send
from tests.orders.conftest import Desk, a_desk
from tests.orders.test_retry import lied_about

pytestmark = pytest.mark.django_db(transaction=True)
As = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def desk(transactional_db: None) -> Iterator[Desk]:
    yield from a_desk()


@pytest.fixture
def acting(transactional_db: None) -> Iterator[As]:
    """`with acting("web"):` all connections of this process are that role's, those of the lanes' locks included."""
    prefix = connection.settings_dict["NAME"]
    call_command("database_roles", "--apply", stdout=io.StringIO())
    options = connection.settings_dict["OPTIONS"]

    @contextmanager
    def act(process: str) -> Iterator[None]:
        before = options["options"]
        connection.close()
        options["options"] = f"{before} -c role={prefix}_{process}"
        try:
            yield
        finally:
            connection.close()
            options["options"] = before

    yield act
    with connection.cursor() as cursor:
        for process in ("web", "worker"):
            cursor.execute(f"DROP OWNED BY {prefix}_{process}; DROP ROLE {prefix}_{process}")


# -- all of it works ---------------------------------------------------------------------------------------------------


def test_an_order_goes_all_the_way_under_the_two_roles(acting: As, desk: Desk) -> None:
    caller = make_caller()
    with acting("web"):
        claim = caller.post(f"/rewards/{desk.reward.pk}/claim", {"recipient": an_address()}).json()
        body = {"pool": str(desk.pool.pk), "recipient": an_address(), "amount": "1000"}
        withdrawal = caller.post("/withdrawals", body, key="K").json()
        assert caller.post("/withdrawals", body, key="K").json()["id"] == withdrawal["id"]
    with acting("worker"):
        ensure_schedules()
        release_expired()
        assert runner.ask_for_ticks() == 1
        for _ in range(2):
            desk.finish()
        desk.close()
    with acting("web"):
        shown = [caller.get(f"/orders/{order['id']}").json() for order in (claim, withdrawal)]
    assert [order["status"] for order in shown] == ["completed", "completed"]


def test_a_tick_runs_under_the_workers_role(acting: As, desk: Desk) -> None:
    order = make_claim(desk.reward).order
    with acting("worker"):
        runner.tick(str(desk.wallet.pk), seconds=0)
    order.refresh_from_db()
    assert order.status == Status.BUSY


def test_what_comes_out_of_redis_is_stored_under_the_workers_role_and_mended_under_the_webs(
    acting: As, front: FrontEnd, redis: Redis, valkey: str
) -> None:
    staking, reward = make_staking(), make_reward(external_id="cs_pass", limit_total=9, limit_per_recipient=2)
    make_claim(reward, order_external_id="b", order_status="held", order_reason="not_released")
    front.put(signed(staking))
    front.say(type="stake", entityId="late")
    fields = {"a": json.dumps({"recipient": an_address(), "quantity": 1}), "b": "pending", "c": "pending"}
    redis.hset("cs_pass", mapping=dict[Any, Any](fields))
    with acting("worker"), override_settings(CLAIM_QUEUE_REDIS_URL=valkey):
        assert when_alone() == "2 messages"
        assert drain() == Drained(stored=2, unreadable=1, whole=True)
    front.put(signed(staking), "late")
    with acting("web"):
        assert store_again_all() == ["", "There is no claim with this external id on this reward."]


@pytest.mark.usefixtures("uploads")
def test_a_collection_comes_in_under_the_webs_role_and_goes_through_its_stages_under_the_workers(acting: As) -> None:
    caller, press = make_caller(), make_press()
    with acting("web"):
        collection = send(caller, form(press)).json()["id"]
        job = caller.post(f"/collections/{collection}/mints", {}).json()["id"]
        steered = [caller.post(f"/jobs/{job}/{act}", {"reason": "r"}).status_code for act in ("pause", "resume")]
    with acting("worker"):
        assert mint_jobs.look() == 1
        mint_jobs.work(job)
    with acting("web"):
        shown = caller.get(f"/jobs/{job}").json()
        assert caller.post(f"/jobs/{job}/cancel", {"reason": "r"}).json()["status"] == "cancelled"
    assert (steered, shown["current_step"], shown["message"]) == ([200, 200], "mint", "0 of 3 are minted.")


def store_again_all() -> list[str]:
    stream, contract = configured(), target()
    assert stream is not None
    assert contract is not None
    row = StreamMessage.objects.get(order=None)
    message = read_again(row.message_id, row.fields)
    problem = store_again(row, contract, message.with_hash(stream.hashes([message.entity])[0]))
    return [problem, take_again(Leftover.objects.get())]


def test_a_lane_can_quarantine_stop_and_wait(acting: As, desk: Desk) -> None:
    with acting("worker"), desk.lane.writing() as wallet:
        desk.lane.quarantine(wallet, "a strange nonce")
        desk.lane.wait(None)
        Stop.objects.create(group=desk.reward.pk, wallet=desk.wallet, reason="all alike", by="lane")
        desk.close()
    assert Wallet.objects.get().status == WalletStatus.QUARANTINED
    assert Trail.objects.filter(subject="chain_wallet", action="update").count() == 1


def test_two_people_release_a_quarantine_under_the_webs_role(acting: As) -> None:
    with robbed_wallet(2, first_nonce=0, next_nonce=0, fence=3) as wallet, acting("web"):
        assert steering.ask_for_release(wallet, by="staff:ana", reason="two manual transfers")
        assert steering.release(wallet, by="staff:ben", asked_by="staff:ana", nonce=2)
    wallet.refresh_from_db()
    assert (wallet.status, wallet.next_nonce, wallet.fence, Transaction.objects.count()) == ("active", 2, 4, 2)


def test_a_client_does_all_it_may_under_the_webs_role(acting: As, desk: Desk) -> None:
    caller = make_caller()
    reward, pool = make_reward(limit_total=5, limit_per_recipient=5), make_pool()
    failed = make_claim(desk.reward, order_client=caller.client, order_status="failed", order_fail_reason="no").order
    item = {"kind": "withdrawal", "pool": str(pool.pk), "recipient": an_address(), "amount": "5"}
    with acting("web"):
        bulk = caller.post("/orders/bulk", {"orders": [item, {**item, "kind": "claim", "reward": str(reward.pk)}]})
        held = caller.post(f"/rewards/{reward.pk}/give", {"recipient": an_address(), "hold": True}).json()
        statuses = [
            bulk.status_code,
            act(caller, held["id"], "release", 0),
            act(caller, held["id"], "hold", 1),
            act(caller, held["id"], "cancel", 2),
            act(caller, str(failed.pk), "retry", 0),
            *(caller.get(path).status_code for path in ("/orders", "/wallets", f"/orders/{failed.pk}/timeline")),
            Browser().get("/readyz").status_code,
        ]
    assert statuses == [202, *[200] * 8]


def test_what_a_lie_had_settled_is_corrected_by_a_worker_only(acting: As, desk: Desk) -> None:
    """The web process says so; it does not break."""
    claim = lied_about(desk)
    with acting("web"), pytest.raises(NotAllowed, match=r"has paid it\..*retry_order"):
        actions.retry(claim.pk, actor="staff:ana", reason="she has it")
    with acting("worker"):
        assert actions.retry(claim.pk, actor="command:ana", reason="she has it").status == "completed"
    assert Transaction.objects.get().outcome == "succeeded"


def act(caller: Caller, order: str, action: str, revision: int) -> int:
    return int(caller.post(f"/orders/{order}/{action}", {"revision": revision, "reason": "test"}).status_code)


def test_staff_do_all_they_may_under_the_webs_role(acting: As, login: Login) -> None:
    client, wallet, reward = make_client(), make_wallet(), make_reward()
    order = make_claim(reward).order
    transaction = bind(make_claim().order)
    User.objects.create_superuser("ana", password="a phrase")
    because = {"confirmed": "yes", "reason": "test"}
    with acting("web"):
        browser = Browser()
        statuses = [
            browser.post(reverse("admin:login"), {"username": "ana", "password": word}).status_code
            for word in ("x", "a phrase")
        ]
        statuses += [
            browser.post(url, because).status_code
            for url in (
                reverse("admin:orders_order_do", args=[order.pk, "hold"]),
                reverse("admin:orders_order_do", args=[order.pk, "release"]),
                reverse("admin:chain_wallet_do", args=[wallet.pk, "pause"]),
                reverse("admin:chain_wallet_do", args=[wallet.pk, "resume"]),
                reverse("admin:chain_transaction_do", args=[transaction.pk, "cancel"]),
                reverse("admin:claims_reward_do", args=[reward.pk, "stop"]),
                reverse("admin:claims_reward_do", args=[reward.pk, "resume"]),
            )
        ]
        statuses += [
            browser.post(reverse("admin:orders_client_key", args=[client.pk]), {"scopes": [Scope.ORDERS_READ]}).status_code,
            browser.post(reverse("admin:orders_apikey_do", args=[ApiKey.objects.get().pk, "revoke"]), because).status_code,
            browser.get(reverse("admin:index")).status_code,
            browser.get(reverse("admin:orders_order_export")).status_code,
            browser.post(reverse("admin:logout")).status_code,
        ]
    assert statuses == [200, *[302] * 8, 200, 302, 200, 200, 200]
    order.refresh_from_db()
    transaction.refresh_from_db()
    assert (order.status, transaction.cancel_asked_by, ApiKey.objects.get().revoked_at is None) == (
        "pending",
        "staff:ana",
        False,
    )
    assert list(trail.faults(trail.links())) == []


def log_in(browser: Browser, password: str) -> int:
    return browser.post(reverse("admin:login"), {"username": "ana", "password": password}).status_code


def test_staff_configure_under_the_webs_role(acting: As, login: Login) -> None:
    browser, wallet = login("superuser"), make_wallet()
    network = wallet.network
    with acting("web"):
        answers = [
            browser.post(reverse("admin:chain_network_change", args=[network.pk]), _form(browser, network, confirmations="7")),
            browser.post(reverse("admin:chain_wallet_change", args=[wallet.pk]), _form(browser, wallet, max_in_flight="3")),
            browser.post(reverse("admin:orders_client_add"), {"name": "new-shop", "is_active": "on"}),
            browser.post(reverse("admin:orders_client_delete", args=[make_client("old-shop").pk]), {"post": "yes"}),
        ]
    assert [answer.status_code for answer in answers] == [302] * 4
    network.refresh_from_db()
    wallet.refresh_from_db()
    assert (network.confirmations, wallet.max_in_flight) == (7, 3)
    assert list(Client.objects.values_list("name", flat=True)) == ["new-shop"]


def _form(browser: Browser, row: Network | Wallet, **change: str) -> dict[str, Any]:
    url = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
    form = browser.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    shown = {name: form.fields[name].prepare_value(value) for name, value in values.items()}
    return {**{name: value for name, value in shown.items() if value not in (None, False)}, **change}


# -- what must not be done is refused ----------------------------------------------------------------------------------

NEITHER = [
    "DELETE FROM orders_order", "TRUNCATE orders_order CASCADE", "UPDATE orders_event SET actor = 'x'",
    "DELETE FROM orders_event", "UPDATE claims_claim SET recipient = 'x'", "UPDATE withdrawals_withdrawal SET amount = 1",
    "DELETE FROM withdrawals_withdrawal", "UPDATE chain_attempt SET raw = ''", "DELETE FROM chain_attempt",
    "UPDATE chain_transaction SET nonce = 9", "UPDATE chain_transaction SET data = ''", "DELETE FROM chain_transaction",
    "INSERT INTO chain_trail (actor) VALUES ('x')", "UPDATE chain_trail SET actor = 'x'", "DELETE FROM chain_trail",
    "TRUNCATE chain_trail", "SELECT chain_trail_write('staff:x', 'a', 's', '1', NULL, NULL, '')",
    "UPDATE orders_order SET client_id = NULL", "UPDATE orders_order SET idempotency_key = 'x'",
    "DELETE FROM django_admin_log", "CREATE TABLE x (id int)", "ALTER TABLE orders_event DISABLE TRIGGER ALL",
    "DROP TRIGGER orders_event_append_only ON orders_event", "ALTER TABLE chain_wallet ADD x int",
    "SET session_replication_role = replica", "CREATE ROLE x", "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
]  # fmt: skip
MADE = "INSERT INTO chain_transaction (id, status, outcome, data, value, gas_limit)"
WEB = [
    "INSERT INTO chain_attempt (hash) VALUES ('x')", "UPDATE chain_installation SET maintenance_since = NULL",
    "UPDATE chain_transaction SET status = 'final'", "UPDATE chain_attempt SET answer = 'accepted'",
    "UPDATE chain_wallet SET fence = fence - 1", "UPDATE chain_wallet SET next_nonce = 0",
    "UPDATE chain_wallet SET next_nonce = NULL", "UPDATE chain_wallet SET first_nonce = 1",
    f"{MADE} VALUES (gen_random_uuid(), 'signed', '', '', 0, 0)",
    f"{MADE} VALUES (gen_random_uuid(), 'final', 'foreign', 'x', 0, 0)",
    f"{MADE} VALUES (gen_random_uuid(), 'final', 'succeeded', '', 0, 0)",
    "UPDATE chain_wallet SET last_tick_at = now()", "UPDATE claims_claim SET token_ids = '{1}'",
    "UPDATE withdrawals_withdrawal SET paid_amount = 1", "INSERT INTO django_q_ormq (key, payload) VALUES ('x', 'y')",
    "UPDATE django_q_schedule SET func = 'os.system'", "INSERT INTO django_q_schedule (func) VALUES ('os.system')",
    "INSERT INTO django_q_task (id) VALUES ('x')",
    "UPDATE mints_item SET recipient = 'x'", "UPDATE mints_item SET leaf_hash = 'x'",
]  # fmt: skip
WORKER = [
    "INSERT INTO orders_order (id) VALUES (gen_random_uuid())",
    "INSERT INTO orders_order (id, kind) VALUES (gen_random_uuid(), 'withdrawal')",
    "INSERT INTO withdrawals_withdrawal (amount) VALUES (1)", "INSERT INTO orders_apikey (prefix) VALUES ('x')",
    "SELECT digest FROM orders_apikey", "UPDATE orders_client SET is_active = true",
    "UPDATE stakes_streammessage SET order_id = NULL", "UPDATE stakes_stakingcontract SET contract = 'x'",
    "UPDATE chain_wallet SET signer = 'x'",
    "UPDATE chain_wallet SET address = 'x'", "INSERT INTO chain_wallet (name) VALUES ('x')",
    "UPDATE chain_network SET rpc_urls = 'x'", "UPDATE chain_network SET gas_ceiling = 1",
    "UPDATE claims_reward SET contract = 'x'", "UPDATE withdrawals_pool SET token = 'x'", "SELECT password FROM auth_user",
    "SELECT session_key FROM django_session", "UPDATE auth_user SET is_superuser = true", "DELETE FROM orders_stop",
    "UPDATE mints_item SET recipient = 'x'", "UPDATE mints_press SET contract = 'x'",
    "INSERT INTO mints_press (name) VALUES ('x')",
    "UPDATE mints_collection SET contract = 'x'", "INSERT INTO mints_mintjob (id) VALUES (gen_random_uuid())",
    "UPDATE chain_transaction SET cancel_asked_by = 'x'", "DELETE FROM desk_loginfailure", "SELECT * FROM chain_trail",
]  # fmt: skip
REFUSED = [*(("web", sql) for sql in [*NEITHER, *WEB]), *(("worker", sql) for sql in [*NEITHER, *WORKER])]


def test_forbidden_statements_are_refused(acting: As) -> None:
    make_wallet(first_nonce=0, next_nonce=5, fence=3)
    done = []
    for process in ("web", "worker"):
        with acting(process):
            done += [(process, sql) for each, sql in REFUSED if each == process and not is_refused(sql)]
    assert done == []


def is_refused(sql: str) -> bool:
    try:
        with atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except ProgrammingError as error:
        return any(
            words in str(error) for words in ("permission denied", "must be owner", "must be superuser", "may not write")
        )
    return False


def test_a_task_cannot_be_slipped_in_by_the_web_process(acting: As) -> None:
    """A payload in the queue is a pickle that a worker opens: whoever takes over the web process must not write one."""
    with acting("web"):
        for model in (OrmQ, Schedule):
            with pytest.raises(ProgrammingError, match="permission denied"):
                model.objects.create()


# -- the table of rights -----------------------------------------------------------------------------------------------


def test_every_table_has_a_line() -> None:
    assert sorted(grants.tables() - set(grants.RIGHTS)) == []


def test_no_line_is_of_a_table_that_is_gone() -> None:
    assert sorted(set(grants.RIGHTS) - grants.tables()) == []


def test_the_test_database_has_the_tables_that_are_named() -> None:
    missing = grants.tables() - set(connection.introspection.table_names())
    assert missing == set()


def test_without_apply_it_only_prints(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("database_roles", "--prefix", "shop")
    text = capsys.readouterr().out
    assert 'GRANT SELECT, INSERT ON "orders_event" TO "shop_worker";' in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'shop_%'")
        assert cursor.fetchone()[0] == 0


def test_applied_again_it_takes_back_what_was_given_beside_it(acting: As) -> None:
    prefix = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON orders_event TO {prefix}_web; GRANT UPDATE (balance) ON chain_wallet TO {prefix}_web")
    call_command("database_roles", "--apply", stdout=io.StringIO())
    with acting("web"):
        assert is_refused("DELETE FROM orders_event")
        assert is_refused("UPDATE chain_wallet SET balance = 9")
