"""A folder with a PostgreSQL of its own, and Django set up on it. Import nothing of the project's models before `prepared`."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from local import postgres
from local.anvil import MNEMONIC


@contextmanager
def prepared() -> Iterator[Path]:
    """Make the database and set Django up on the settings of a real installation. All of it vanishes in the end.

    Not the tests' settings: they let PostgreSQL forget its last moments, and these runs stop it on purpose.
    """
    with tempfile.TemporaryDirectory(prefix="claimdesk-") as folder:
        home = Path(folder)
        # As root PostgreSQL runs as somebody else, who has to reach its data. Unreachable, it would be put elsewhere and stay.
        home.chmod(0o755)
        os.environ.update(_environment(home))
        try:
            _set_up()
            yield home
        finally:
            postgres.leave(home)


@contextmanager
def unhurried_disk() -> Iterator[None]:
    """For runs in which processes die and the server never: what it has accepted need not be on the disk at once."""
    options = connection.settings_dict["OPTIONS"]
    before = options["options"]
    options["options"] += " -c synchronous_commit=off"
    connection.close()
    try:
        yield
    finally:
        options["options"] = before
        connection.close()


def _environment(home: Path) -> dict[str, str]:
    direct = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1")))
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(home), "DATABASE_URL": "", "REDIS_URL": "",
        "MNEMONIC": MNEMONIC, "KEYSTORE_PASSWORD_FILE": "", "NO_PROXY": direct, "no_proxy": direct,
    }  # fmt: skip


def _set_up() -> None:
    import django  # noqa: PLC0415 - after the environment
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
