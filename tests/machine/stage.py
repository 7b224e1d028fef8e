"""What all examples of a run share: the actors, the hooks into the product, and a clock that stands still."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

import psycopg
from django.apps import apps
from django.db import connection
from django.db.transaction import atomic
from django.test import Client as Browser
from django.test import override_settings

from chain import crash, evidence, nodes, seat, signers, signing, witnesses
from chain.evm import endpoint, node
from chain.evm.endpoint import Endpoint
from chain.locks import lock_connection
from tests.factories import ANVIL_MNEMONIC
from tests.machine.actors import ACTORS, Actor, Registrar, here
from tests.machine.nodes import NodeView

OURS = ("chain", "orders", "claims", "withdrawals", "stakes", "django_q")
WORKERS = ("worker a", "worker b", "worker c")
PEOPLE = "people"  # one web process: staff's clicks and clients' requests

# Every move of a transaction, also those within one turn.
WATCH = """
CREATE TABLE IF NOT EXISTS machine_move (frm text, "to" text, outcome text);
CREATE OR REPLACE FUNCTION machine_watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO machine_move VALUES (OLD.status, NEW.status, NEW.outcome); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER machine_watch AFTER UPDATE OF status ON chain_transaction
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION machine_watch();
"""
UNWATCH = "DROP TRIGGER machine_watch ON chain_transaction; DROP FUNCTION machine_watch; DROP TABLE machine_move;"


class Clock:
    """Monotonic seconds for the node clients, which rest by them. Only a rule lets time pass."""

    now = 0.0

    @classmethod
    def monotonic(cls) -> float:
        return cls.now


class InTurn:
    """A pool of no threads: nodes that are asked at once are asked one after another, by the actor itself."""

    def __init__(self, _: int) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


URLS: dict[str, NodeView] = {}
BROWSER = Browser(raise_request_exception=False, SERVER_NAME="localhost")  # one, for its middleware takes long to load


@contextmanager
def set_up() -> Iterator[None]:
    """Everything that a machine needs, for any number of examples. One at a time in a process."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(MNEMONIC=ANVIL_MNEMONIC))
        signing.key_sources.cache_clear()
        stack.callback(signing.key_sources.cache_clear)
        stack.callback(logging.disable, logging.root.manager.disable)
        logging.disable()  # there are thousands of faults, each of which would be told
        clock = SimpleNamespace(monotonic=Clock.monotonic)
        for where, name, what in (
            (endpoint, "time", clock), (node, "time", clock), (evidence, "time", clock),
            (crash, "point", _point), (seat, "lock_connection", _lock_connection), (Endpoint, "_exchange", _exchange),
            (witnesses, "ThreadPoolExecutor", InTurn),
        ):  # fmt: skip
            stack.enter_context(patch.object(where, name, what))
        # Before Hypothesis begins: py_ecc, behind it, raises the recursion limit as it is imported.
        signers.load("mnemonic:m/44'/60'/0'/0/0", signing.key_sources(), development=True)
        Registrar.connection = stack.enter_context(lock_connection())
        Registrar.connection.execute(WATCH)
        stack.callback(Registrar.connection.execute, UNWATCH)
        for name in (*WORKERS, PEOPLE):
            ACTORS[name] = Actor(name)
        stack.callback(_dismiss)
        yield


def _dismiss() -> None:
    for actor in ACTORS.values():
        actor.end()
    ACTORS.clear()


def empty() -> None:
    """As on the first day."""
    nodes._node.cache_clear()
    URLS.clear()
    Clock.now = 0.0
    tables = [model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models()]
    with atomic(), connection.cursor() as cursor:
        # Without triggers, which forbid it, and without the files that a TRUNCATE would make anew for each table and index.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("; ".join(f"DELETE FROM {table}" for table in [*tables, "machine_move"]))  # noqa: S608 - our own names


# -- the hooks ---------------------------------------------------------------------------------------------------------


def _point(name: str) -> None:
    if actor := here():
        actor.passes(name)


def _lock_connection() -> "psycopg.Connection[tuple[object, ...]]":
    lock = lock_connection()
    if actor := here():
        actor.locks.append(lock)
    return lock


def _exchange(self: Endpoint, body: bytes) -> Any:
    actor = here()

    def passes(boundaries: list[str]) -> None:
        if actor:
            actor.passes(*boundaries)

    return URLS[self.target.url].exchange(body, passes, passes)
