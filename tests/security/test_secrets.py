"""Secrets are planted, things are made to fail, and every line, row and answer is searched for them.

The lines are read before the mask that `config.logs` puts over them: nothing should come that far.
"""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import Queue, Value
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import structlog
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory, override_settings
from django.urls import reverse
from django.views.debug import ExceptionReporter
from django_q.models import Failure
from django_q.monitor import save_task
from django_q.worker import worker

from chain import nodes, signing
from chain.models import Attempt, Wallet
from chain.signers import create_keystore
from chain.states import Waiting
from config import logs
from orders import keys
from orders.models import Order
from orders.queue import queues
from orders.states import Scope
from orders.turn import take_turn
from orders.worker import runner
from tests.api.conftest import Caller, make_caller
from tests.chain.rpc_server import Http, Refuse, Reset
from tests.factories import an_address, make_claim, make_client
from tests.orders.conftest import Desk, a_desk

pytestmark = pytest.mark.django_db(transaction=True)

PATH_KEY = "k3yInTheRpcPath"
USER_PASSWORD = "pa55wordOfTheNode"
PHRASE = "zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra"
KEYSTORE_PASSWORD = "correct-horse-battery"
SECRET_KEY = "the-secret-key-" + "x" * 50
RAW_KEY = "c0ffee" * 10 + "beef"


@dataclass
class Plants:
    """Where secrets are, and all that was said while they were there."""

    desk: Desk
    caller: Caller
    said: io.StringIO
    home: Path
    secrets: list[str] = field(default_factory=list)

    def leaks(self, *texts: str) -> list[str]:
        """Which secrets show: in any line, any row of the database, or any of these texts."""
        heard = [self.said.getvalue(), rows(), *texts]
        return [secret for secret in self.secrets if any(secret in text for text in heard)]


def rows() -> str:
    """All rows of all tables that something is told in, tasks unpickled; the places where secrets belong are left out."""
    hidden = {("chain_network", "rpc_urls"), ("chain_attempt", "raw"), ("orders_apikey", "digest"), ("auth_user", "password")}
    found = []
    for model in apps.get_models():
        table = model._meta.db_table
        columns = [column.attname for column in model._meta.concrete_fields if (table, column.column) not in hidden]
        found += [str(row) for row in model._default_manager.values_list(*columns)]
    return "\n".join(found)


@pytest.fixture(params=["json", "console"])
def said(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Every line that any logger of the process writes, at the level where libraries say most."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    processors: list[Any] = [remove, *logs._render(request.param)]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors, foreign_pre_chain=logs.SHARED))
    loggers = [logging.getLogger(name) for name in ("", *logs.OWNERS_OF_HANDLERS)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield stream
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def plants(transactional_db: None, said: io.StringIO, tmp_path: Path) -> Iterator[Plants]:
    (tmp_path / "password").write_text(KEYSTORE_PASSWORD)
    create_keystore(tmp_path / "good.json", KEYSTORE_PASSWORD)
    create_keystore(tmp_path / "other.json", "another password")
    (tmp_path / "broken.json").write_text('{"crypto": {"kdf": "nonsense", "x": "' + KEYSTORE_PASSWORD + '"}}')
    for desk in a_desk():
        with override_settings(
            SECRET_KEY=SECRET_KEY, KEYSTORE_DIR=tmp_path, KEYSTORE_PASSWORD_FILE=str(tmp_path / "password"), MNEMONIC=PHRASE
        ):
            caller = make_caller()
            parts = urlsplit(desk.chain.url)
            url = f"{parts.scheme}://user:{USER_PASSWORD}@{parts.netloc}/v3/{PATH_KEY}?token={PATH_KEY}"
            type(desk.network).objects.filter(pk=desk.network.pk).update(rpc_urls=url)
            signing.key_sources.cache_clear()
            nodes._node.cache_clear()
            secrets = [PATH_KEY, USER_PASSWORD, PHRASE, KEYSTORE_PASSWORD, SECRET_KEY, RAW_KEY, caller.key.split("_", 2)[2]]
            secrets.append(str(connection.settings_dict["PASSWORD"]))
            yield Plants(desk, caller, said, tmp_path, secrets)
    nodes._node.cache_clear()


def test_the_test_finds_what_is_leaked(plants: Plants) -> None:
    logging.getLogger("orders").warning("asked %s", f"https://x/{PATH_KEY}")
    plants.desk.reward.name = f"named {USER_PASSWORD}"
    plants.desk.reward.save()
    assert plants.leaks(f"body {PHRASE}") == [PATH_KEY, USER_PASSWORD, PHRASE]


# -- nodes that fail ---------------------------------------------------------------------------------------------------

FAULTS = [Http(401, b"invalid project id: " + PATH_KEY.encode()), Http(503), Http(200, b"<html>"), Reset()]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: repr(fault)[:20])
def test_a_failing_node(fault: Any, plants: Plants) -> None:
    desk = plants.desk
    desk.chain.fail(fault)
    claim = make_claim(desk.reward, order_client=plants.caller.client)
    wallet_turn(desk)
    runner.ask_for_ticks()
    shown = [
        plants.caller.get(f"/orders/{claim.pk}"),
        plants.caller.get("/wallets"),
        plants.caller.post("/orders/preview", {"kind": "claim", "reward": str(desk.reward.pk), "recipient": an_address()}),
        Browser().get("/api/monitor"),
    ]
    call_command("wallet", "show", desk.wallet.name, stdout=(told := io.StringIO()))
    assert Wallet.objects.get().waiting == Waiting.RPC
    assert plants.leaks(told.getvalue(), *(answer.content.decode() for answer in shown)) == []


def test_a_node_that_quotes_our_own_url(plants: Plants) -> None:
    """Providers do, in the errors they answer with."""
    desk, url = plants.desk, f"https://rpc.example.org/v3/{PATH_KEY}"
    for method in ("eth_call", "eth_simulateV1", "eth_estimateGas", "eth_getBlockByNumber"):
        desk.chain.lie(method, Refuse(-32000, f"Forbidden: {url} is over its limit"))
    claim = make_claim(desk.reward, order_client=plants.caller.client)
    wallet_turn(desk)
    assert plants.leaks(plants.caller.get(f"/orders/{claim.pk}").content.decode()) == []


def wallet_turn(desk: Desk) -> None:
    take_turn(desk.lane, list(queues()))


# -- keys that cannot be used ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signer",
    ["keystore:other.json", "keystore:broken.json", "keystore:missing.json", "keystore:good.json", "mnemonic:m/44'", "env:RAW"],
)
def test_a_key_that_cannot_be_used(signer: str, plants: Plants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAW", RAW_KEY[:-1])
    desk = plants.desk
    Wallet.objects.update(signer=signer)
    claim = make_claim(desk.reward, order_client=plants.caller.client)
    wallet_turn(desk)
    signing.unlock_all()
    assert Wallet.objects.get().waiting == Waiting.SIGNER
    shown = plants.caller.get(f"/orders/{claim.pk}").content.decode()
    assert plants.leaks(shown, repr(signing.key_sources())) == []


# -- requests that fail ------------------------------------------------------------------------------------------------


def broken(*_: Any, **__: Any) -> Any:
    phrase, raw = PHRASE, RAW_KEY  # in the frame, for whatever prints frames
    raise RuntimeError(f"broken with {len(phrase + raw)} letters")


def test_a_request_that_breaks(plants: Plants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.api.views.paging.page", broken)
    answer = plants.caller.get("/orders")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "RuntimeError" in plants.said.getvalue()
    assert plants.leaks(answer.content.decode()) == []


def test_a_page_of_the_admin_that_breaks(plants: Plants, admin_client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    admin_client.raise_request_exception = False
    monkeypatch.setattr("orders.admin.page.timeline", broken)
    monkeypatch.setattr("orders.admin.orders.timeline", broken, raising=False)
    answer = admin_client.get(reverse("admin:orders_order_change", args=[make_claim().pk]))
    assert answer.status_code == 500
    assert plants.leaks(answer.content.decode()) == []


@pytest.mark.parametrize("scheme", ["Bearer", "Api-Key", "Basic", "bearer "])
def test_a_key_that_is_refused(scheme: str, plants: Plants) -> None:
    other = keys.issue(make_client(), [Scope.ORDERS_READ])[1]
    plants.caller.client.keys.update(revoked_at="2020-01-01T00:00Z")
    plants.secrets.append(other)
    headers = [{"Authorization": f"{scheme} {plants.caller.key}"}, {"Authorization": f"{scheme} {other}x"}]
    answers = [plants.caller.browser.get("/api/v1/orders", headers=header) for header in headers]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert plants.leaks(*(answer.content.decode() for answer in answers)) == []


def test_a_password_that_is_wrong(plants: Plants) -> None:
    plants.secrets.append("my-own-passw0rd")
    Browser().post(reverse("admin:login"), {"username": "ana", "password": "my-own-passw0rd"})
    assert plants.leaks() == []


def test_a_database_that_is_gone(plants: Plants, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "PORT", "1")
        answers = [plants.caller.get("/orders"), Browser(raise_request_exception=False).get("/readyz")]
        connection.close()
    assert [answer.status_code for answer in answers] == [503, 503]
    assert plants.leaks(*(answer.content.decode() for answer in answers)) == []


def test_the_report_of_an_error_hides_settings(plants: Plants, settings: Any) -> None:
    """The page that DEBUG shows; and what an error tracker is sent is filtered by the same."""
    settings.DEBUG = True
    settings.CHAIN_RPC_URL = [f"https://x/{PATH_KEY}"]
    settings.REDIS_URL = f"redis://:{USER_PASSWORD}@x"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"redis://:{USER_PASSWORD}@x"}}
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "redis": f"redis://:{USER_PASSWORD}@x"}
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {plants.caller.key}"})
    report = ExceptionReporter(request, RuntimeError, RuntimeError("x"), None)
    shown = report.get_traceback_html()
    assert "ALLOWED_PRIVATE_HOSTS" in shown
    assert plants.leaks(shown, report.get_traceback_text()) == []


# -- tasks that fail ---------------------------------------------------------------------------------------------------


def run_task(function: str, *args: Any) -> None:
    """As a worker of django-q2 would, its result saved as the monitor would."""
    tasks: Any = Queue()
    results: Any = Queue()
    tasks.put({"id": "0" * 32, "name": "t", "func": function, "args": args, "kwargs": {}, "started": None, "timeout": -1})
    tasks.put("STOP")
    worker(tasks, results, Value("f", -1))
    done = results.get(timeout=10)
    done["started"] = done["stopped"]
    save_task(done, None)


@pytest.mark.parametrize("cause", ["nonsense", "broken turn", "lost database"])
def test_a_task_that_fails(cause: str, plants: Plants, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = "nonsense" if cause == "nonsense" else str(plants.desk.wallet.pk)

    def lost(*_: Any, **__: Any) -> Any:
        params = {**connection.get_connection_params(), "port": 1}
        for name in ("cursor_factory", "context", "prepare_threshold"):
            params.pop(name, None)
        psycopg.connect(**params)

    if cause == "broken turn":
        monkeypatch.setattr(runner, "take_turn", broken)
    if cause == "lost database":
        monkeypatch.setattr(runner, "take_turn", lost)
    run_task("orders.worker.runner.tick", wallet)
    failure = Failure.objects.first()
    if cause == "lost database":  # which is only a pause, and told in the log
        assert (failure, plants.leaks()) == (None, [])
        return
    assert failure is not None
    assert "Traceback" in str(failure.result)
    page = Browser()
    page.force_login(_superuser())
    shown = page.get(reverse("admin:django_q_failure_change", args=[failure.pk])).content.decode()
    assert failure.func in shown
    assert plants.leaks(shown) == []


def _superuser() -> Any:
    from django.contrib.auth.models import User  # noqa: PLC0415 - next to its only use

    return User.objects.create_superuser("root")


# -- signed bytes ------------------------------------------------------------------------------------------------------


def test_signed_bytes_are_told_nobody_before_they_are_sent(plants: Plants, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has them can send them, at a moment of his own choosing."""
    desk = plants.desk
    with override_settings(MNEMONIC="test test test test test test test test test test test junk"):
        signing.key_sources.cache_clear()
        desk.chain.lie("eth_sendRawTransaction", lambda params: Refuse(-32000, f"cannot take {params[0]}"))
        claim = make_claim(desk.reward, order_client=plants.caller.client)
        wallet_turn(desk)
    raw = bytes(Attempt.objects.get().raw)
    plants.secrets += [raw.hex(), raw.hex()[:120], str(raw)[:60]]
    shown = [plants.caller.get(path).content.decode() for path in (f"/orders/{claim.pk}", f"/orders/{claim.pk}/timeline")]
    transaction = Order.objects.get(pk=claim.pk).transaction_id
    shown.append(plants.caller.get(f"/transactions/{transaction}").content.decode())
    shown.append(json.dumps([str(value) for value in Attempt.objects.values("hash", "message").all()]))
    assert plants.leaks(*shown) == []


# -- the last net ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("GET https://user:s3cret@rpc.example.org/v3/k3y?x=t0ken failed", "GET https://rpc.example.org/… failed"),
        ("key cd_ab12cd34_" + "s" * 43, "key cd_ab12cd34_…"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer …"),
        ("sending 0x02f8b1" + "ab" * 200, "sending 0x02f8b1ab…"),
        ("password is hunter2hunter2!", "password is …"),
        ("password is hunter2hunter2%21", "password is …"),
        (f"hash 0x{'ab' * 32} of 0x{'cd' * 20}", f"hash 0x{'ab' * 32} of 0x{'cd' * 20}"),
    ],
)
def test_what_comes_that_far_is_masked(line: str, left: str) -> None:
    formatter = logs.Masked(processor=structlog.stdlib.render_to_log_kwargs, secrets=["hunter2hunter2!", None, "", "short"])
    formatter.processors = [lambda _logger, _name, event: event["event"]]
    assert formatter.format(logging.LogRecord("x", logging.INFO, "", 0, line, None, None)) == left


@pytest.mark.parametrize("kind", ["json", "console"])
def test_the_settings_put_the_net_over_every_process(kind: str, settings: Any) -> None:
    formatter = settings.LOGGING["formatters"]["structured"]
    assert formatter["()"] is logs.Masked
    assert settings.LOGGING["handlers"]["stderr"]["formatter"] == "structured"
    assert set(settings.LOGGING["handlers"]) == {"stderr"}
