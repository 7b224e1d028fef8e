"""`make run`: prepares the database, then keeps the web process and the task queue running."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from local.processes import ProcessError, Supervisor

PROJECT = Path(__file__).parent.parent
MANAGE = [sys.executable, "manage.py"]


def main() -> None:
    """Run until a signal. What ends by itself is started again; what never lives long ends all, with its story and code 1."""
    for command in (["migrate", "--noinput", "--verbosity=0"], ["createcachetable"], ["setup_stakes_from_env", "--if-set"]):
        if (done := subprocess.run([*MANAGE, *command], cwd=PROJECT, check=False)).returncode:
            sys.exit(done.returncode)  # it has said why
    logs = PROJECT / os.environ.get("DATA_DIR", "var") / "log"
    with Supervisor(logs) as run, suppress(KeyboardInterrupt):
        run.start("web", [sys.executable, "-m", "gunicorn", "config.wsgi"])
        run.start("worker", [*MANAGE, "work"])
        print(
            f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/admin/ - logs in {logs} - Ctrl-C ends",
            flush=True,
        )
        run.keep()


if __name__ == "__main__":
    os.chdir(PROJECT)
    try:
        main()
    except ProcessError as error:
        sys.exit(str(error))
