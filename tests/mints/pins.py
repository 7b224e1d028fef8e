"""A pinning service (IPFS Pinning Service API 1.0): takes requests at once, and then goes through its states as a test says."""

import json
from typing import Any

from tests.mints.services import Asked, Model, Reply

TOKEN = "model-of-a-token"


class Pins(Model):
    """`states`: what each next question finds of a request, the last of them for ever."""

    def __init__(self, *states: str) -> None:
        super().__init__()
        self.states = list(states) or ["queued", "pinning", "pinned"]
        self.requests: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"error": {"reason": "UNAUTHORIZED", "details": "Access token is missing or invalid"}})
        if asked.path == "/pins" and asked.method == "POST":
            return Reply(202, self._added(json.loads(asked.data)))
        if asked.path == "/pins":
            wanted = asked.query["status"].split(",")
            found = [each for each in self.requests if each["pin"]["cid"] == asked.query["cid"] and each["status"] in wanted]
            return Reply(body={"count": len(found), "results": found})
        return Reply(body=self._moved(asked.path.removeprefix("/pins/")))

    def _added(self, pin: dict[str, Any]) -> dict[str, Any]:
        made = {
            "requestid": f"request-{len(self.requests) + 1}", "status": self._next(), "created": "2026-11-25T09:00:00Z",
            "pin": pin, "delegates": ["/dnsaddr/pins.example.org"], "info": {"status_details": "as the test has it"},
        }  # fmt: skip
        self.requests.append(made)
        return made

    def _moved(self, requestid: str) -> dict[str, Any]:
        found = next(each for each in self.requests if each["requestid"] == requestid)
        found["status"] = self._next()
        return found

    def _next(self) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]
