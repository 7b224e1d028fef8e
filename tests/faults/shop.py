"""A client of the REST interface that does as clients must: it asks again with the same key until it is answered."""

import json
import sys
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from uuid import uuid4

from django.conf import settings

from claims.models import Reward
from local.server import free_port
from orders.keys import issue
from orders.states import Scope
from tests.factories import an_address, make_client
from tests.faults.ground import Child, Ground

ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Wish:
    """One claim that somebody wants; its key stays the same however often it is asked for."""

    recipient: str = field(default_factory=an_address)
    key: str = field(default_factory=lambda: uuid4().hex)


class Shop:
    """A web process, and the key to it."""

    def __init__(self, it: Ground) -> None:
        self._it = it
        self._numbers = count()
        self.port = free_port()
        _, self._key = issue(make_client(), list(Scope))

    def open(self) -> Child:
        """Start gunicorn with its own settings, always on the same port, and wait until it answers."""
        here = settings.BASE_DIR
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--chdir", str(here), "-c", str(here / "gunicorn.conf.py")]
        env = {"PORT": str(self.port), "MNEMONIC": ""}
        return self._it.processes.start(f"web-{next(self._numbers)}", command, env=env, ready=self._is_open)

    def _is_open(self) -> bool:
        return self._ask("GET", "/readyz", None, {})[0] == 200

    def claim(self, reward: Reward, wish: Wish) -> str | None:
        """Ask once. The order's id if it was answered with 202, else None: then it may have been taken or not."""
        head = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": wish.key, "Content-Type": "application/json"}
        status, body = self._ask("POST", f"/api/v1/rewards/{reward.pk}/claim", {"recipient": wish.recipient}, head)
        return str(json.loads(body)["id"]) if status == 202 else None

    def _ask(self, method: str, path: str, body: dict[str, str] | None, head: dict[str, str]) -> tuple[int, bytes]:
        """Status 0: nobody answered."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, json.dumps(body) if body else None, head)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()
