"""Settings that would be dangerous, found before anything runs: `manage.py check`, and each command begins with it."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import connections

from chain import urls
from chain.urls import Target, UrlRefused

_HERE = {"", "localhost", "127.0.0.1", "::1"}
# Without these PostgreSQL may forget what it has said is stored: bytes that were sent, and the nonce they have.
_DURABLE = ("synchronous_commit", "fsync", "full_page_writes")


@register(Tags.security)
def debug_is_for_ones_own_machine(**_: Any) -> list[CheckMessage]:
    host = str(settings.DATABASES["default"].get("HOST", ""))
    if not settings.DEBUG or host in _HERE or host.startswith("/"):
        return []
    hint = "Debug pages show settings and the insides of requests. Unset DEBUG, or use a database on this machine."
    return [Error("DEBUG is on, and the database is on another machine.", hint=hint, id="claimdesk.E001")]


@register(Tags.security)
def private_hosts_can_be_read(**_: Any) -> list[CheckMessage]:
    try:
        urls.vet(Target("https://192.0.2.1"))
    except UrlRefused:
        return []
    except ValueError as error:
        return [Error(f"ALLOWED_PRIVATE_HOSTS: {error}.", hint="Host names, addresses, ranges.", id="claimdesk.E003")]
    hint = "Name the hosts of your nodes, or the ranges of your private network."
    return [Warning("ALLOWED_PRIVATE_HOSTS allows everything.", hint=hint, id="claimdesk.W001")]


@register(Tags.security)
def nothing_is_pickled(**_: Any) -> list[CheckMessage]:
    """Whoever can write to a session or to the cache must not be able to run code by that."""
    cache = settings.CACHES["default"]
    allowed = cache["BACKEND"] == "config.cache.PostgresCache" or "serializer" in cache.get("OPTIONS", {})
    if allowed and settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer":
        return []
    return [Error("Sessions or cache hold pickles.", hint="Keep to JSON, see config/cache.py.", id="claimdesk.E004")]


@register(Tags.security, deploy=True)
def phrases_are_in_files(**_: Any) -> list[CheckMessage]:
    names = [name for name in ("MNEMONIC", "PROCESSOR_MNEMONIC") if os.environ.get(name)]
    if settings.LOCAL:
        return []
    hint = "An environment is seen by more programs than a file: use {}_FILE, or better a keystore."
    return [Warning(f"{name} is in the environment.", hint=hint.format(name), id="claimdesk.W002") for name in names]


@register(Tags.database)
def the_database_remembers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """`manage.py work` refuses to start on a database that may forget."""
    return [message for alias in databases or () for message in _forgetful(alias)]


def _forgetful(alias: str) -> Iterator[CheckMessage]:
    if connections[alias].vendor != "postgresql":
        return
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", [list(_DURABLE)])
        for name, value in cursor.fetchall():
            if value in ("off", "local"):
                hint = (
                    "After a crash a payment would be made again. Set it to on; with a standby synchronous_commit to on, too."
                )
                yield Error(f"PostgreSQL runs with {name} = {value}.", hint=hint, id="claimdesk.E002")


@register(Tags.database, deploy=True)
def processes_have_roles_of_their_own(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return [message for alias in databases or () for message in _mighty(alias)]


def _mighty(alias: str) -> Iterator[CheckMessage]:
    if settings.LOCAL or connections[alias].vendor != "postgresql":
        return
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        user, is_super = cursor.fetchone()
        if is_super:
            hint = "Let only the release step be the owner; see `manage.py database_roles`."
            yield Warning(f"{user} is a superuser of the database.", hint=hint, id="claimdesk.W003")
