"""The demo's customer: it sends its orders over REST, as any other system would."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import requests

from chain.calls import checksum
from demo import stakers
from demo.world import BLOCKED, REFUSED, World
from withdrawals.models import Pool

CLAIMS = Path(__file__).parent / "data" / "claims.csv"
PER_POOL = 50
SPONSORED = 100
STAKES = 10
AT_ONCE = 8  # requests
TIMEOUT = 30.0  # seconds


class NotTakenError(Exception):
    """The API did not take an order that it should have taken."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order to send, and how it must end: completed, or failed with these words in its fail reason."""

    path: str
    body: Mapping[str, Any]
    fails_with: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """An order that the API has taken."""

    id: UUID
    wanted: Wanted


def claims(world: World) -> Iterator[Wanted]:
    """The lines of `data/claims.csv`: those with a token id are season passes, the others event badges."""
    with CLAIMS.open(newline="") as file:
        for row in csv.DictReader(file):
            reward = world.badge1155 if row["token_id"] else world.badge721
            body = {name: value for name, value in row.items() if value} | {"quantity": int(row["quantity"])}
            refused = row["recipient"].lower() in REFUSED
            yield Wanted(f"rewards/{reward.pk}/claim", body, "RecipientRefused" if refused else "")


def withdrawals(world: World) -> Iterator[Wanted]:
    """Fifty from each pool in turn; one in twenty goes to a payee whom the token has blocked."""
    for number in range(PER_POOL):
        for pool in (world.asset_pool, world.token_pool):
            blocked = number % 20 == 7
            payee = BLOCKED[number // 20] if blocked else _payee(pool, number)
            body = {
                "pool": str(pool.pk), "recipient": payee, "amount": str(1_000_000 + 25_000 * number),
                "external_id": f"{pool.external_id}-{number + 1:04d}",
            }  # fmt: skip
            yield Wanted("withdrawals", body, "PayeeBlocked" if blocked else "")


def sponsored(world: World) -> Iterator[Wanted]:
    """A hundred claims of the reward whose minter has no coin."""
    for number in range(SPONSORED):
        body = {"recipient": nobody(f"sponsored {number}"), "quantity": 1, "external_id": f"sponsored-{number + 1:04d}"}
        yield Wanted(f"rewards/{world.sponsored.pk}/claim", body)


def stakes(world: World, run: str) -> Iterator[Wanted]:
    """Signed anew for each run: a signature id can be used once."""
    for number, stake in enumerate(stakers.signed(world.staking, f"{run}-rest", STAKES)):
        body = {
            "staking": str(world.staking.pk), "owner": stake.owner, "target": str(stake.target), "amount": str(stake.amount),
            "signature_id": stake.signature_id, "signature": "0x" + bytes(stake.signature).hex(),
            "external_id": f"stake-{number + 1:04d}",
        }  # fmt: skip
        yield Wanted("stakes", body, stakers.REFUSED_WITH if stakers.is_refused(number) else "")


class Shop:
    """A client of the API with its key. `run` sets its orders apart from those of earlier runs."""

    def __init__(self, url: str, key: str, run: str) -> None:
        self._site = url
        self.url = f"{url}/api/v1/"
        self.run = run
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy on the way to this machine
        self._session.headers["Authorization"] = f"Bearer {key}"
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE))

    def send(self, orders: Sequence[Wanted]) -> list[Sent]:
        """One POST each, several at a time. Raises NotTakenError for any that is not taken."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(self._post, orders))

    def _post(self, wanted: Wanted) -> Sent:
        external_id = f"{self.run}-{wanted.body['external_id']}"
        answer = self.post(wanted.path, external_id, json={**wanted.body, "external_id": external_id})
        return Sent(UUID(answer["id"]), wanted)

    def post(self, path: str, key: str, **content: Any) -> Any:
        """What the API answers to what it takes. Raises NotTakenError."""
        return _taken(f"POST {path}", self.offer(path, key, **content))

    def offer(self, path: str, key: str, **content: Any) -> requests.Response:
        """One POST, whatever becomes of it."""
        return self._session.post(self.url + path, headers={"Idempotency-Key": key}, timeout=TIMEOUT, **content)

    def get(self, path: str) -> Any:
        """Raises NotTakenError."""
        return _taken(f"GET {path}", self._session.get(self.url + path, timeout=TIMEOUT))

    def open(self, path: str) -> bytes:
        """What the web process shows anybody at an address of its own. Raises NotTakenError."""
        answer = self._session.get(self._site + path, headers={"Authorization": None}, timeout=TIMEOUT)
        return bytes(_good(f"GET {path}", answer).content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()


def _taken(what: str, answer: requests.Response) -> Any:
    return _good(what, answer).json()


def _good(what: str, answer: requests.Response) -> requests.Response:
    if not answer.ok:
        raise NotTakenError(f"{what} was answered with {answer.status_code}: {answer.text[:500]}")
    return answer


def _payee(pool: Pool, number: int) -> str:
    return nobody(f"{pool.external_id} payee {number}")


def nobody(name: str) -> str:
    """An address that nobody has a key for, the same in every run."""
    return checksum(hashlib.sha256(name.encode()).digest()[:20])
