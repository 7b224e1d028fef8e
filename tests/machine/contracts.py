"""The contracts of the machine's chain: two badges, a token, a pool of two steps, Multicall3; and their bad days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from chain.calls import CodecError, Signature, checksum, encode
from chain.strategies import MULTICALL3
from tests.machine.ledger import Ledger, Payment, Poll
from tests.model_badge import CLAIM, MULTICALL, REFUSED
from tests.model_badge import TRANSFER as MINTED
from tests.model_chain import Result
from withdrawals import processor

BADGE = checksum(b"\x01" * 20)  # several claims through its own multicall: all or none
OPEN_BADGE = checksum(b"\x02" * 20)  # through Multicall3: each for itself
TOKEN = checksum(b"\x03" * 20)
POOL = checksum(b"\x04" * 20)
COIN = "coin"

AGGREGATE3 = Signature.parse("aggregate3((address target, bool allowFailure, bytes callData)[] calls)")
MOVED = Signature.parse("Transfer(address indexed sender, address indexed to, uint256 amount)")
POLL_UNKNOWN = Signature.parse("PollUnknown(uint256 id)")
POLL_FINALIZED = Signature.parse("PollFinalized(uint256 id)")
GAS = 50_000  # of any call of theirs

Log = dict[str, Any]


class Mood(StrEnum):
    """How a contract behaves towards one recipient, or a contract towards everybody."""

    REFUSES = "refuses"  # reverts, and says so beforehand
    TURNS = "turns"  # reverts in a block although the simulation passed
    SILENT = "silent"  # succeeds in a block and pays nothing
    KEEPS = "keeps a fee"  # a token of which less arrives than was sent


class Revert(Exception):
    def __init__(self, data: bytes = b"") -> None:
        super().__init__(data.hex())
        self.data = data


@dataclass(frozen=True, slots=True)
class Visit:
    """One call as a contract sees it. `tx_hash` is empty in a simulation."""

    sender: str
    to: str
    data: bytes
    value: int = 0
    tx_hash: str = ""


@dataclass(slots=True)
class Contracts:
    """All code on the chain. `refusals` has everybody whom it ever refused, `silences` whom it passed over: no other may."""

    moods: dict[str, Mood] = field(default_factory=dict)
    refusals: set[str] = field(default_factory=set)
    silences: set[str] = field(default_factory=set)

    def run(self, ledger: Ledger, visit: Visit) -> Result:
        """Carry a call out on the ledger, or leave the ledger as it was."""
        trial = ledger.copy()
        try:
            logs, calls = self._enter(trial, visit)
        except Revert as revert:
            return Result(False, 25_000, data=revert.data)
        except CodecError:
            return Result(False, 25_000)  # a function that it does not have
        ledger.become(trial)
        return Result(True, GAS * calls, tuple(logs))

    def _enter(self, ledger: Ledger, visit: Visit) -> tuple[list[Log], int]:
        code = CODE.get(visit.to)
        return (self._coin(ledger, visit), 1) if code is None else code(self, ledger, visit)

    def _mood(self, visit: Visit, recipient: str) -> Mood | None:
        """Raises Revert where it refuses."""
        moods = {self.moods.get(recipient), self.moods.get(visit.to)}
        if Mood.REFUSES in moods or (visit.tx_hash and Mood.TURNS in moods):
            self.refusals.add(recipient)
            raise Revert(REFUSED.encode([recipient]))
        if visit.tx_hash and Mood.SILENT in moods:
            self.silences.add(recipient)
        return next((mood for mood in (Mood.SILENT, Mood.KEEPS) if visit.tx_hash and mood in moods), None)

    def _pay(self, ledger: Ledger, visit: Visit, asset: str, recipient: str, amount: int) -> None:
        ledger.payments += (Payment(asset, recipient, amount, visit.tx_hash),)

    # -- each contract's code --------------------------------------------------------------------------------------

    def _coin(self, ledger: Ledger, visit: Visit) -> list[Log]:
        if visit.value:
            if self.moods.get(visit.to) in (Mood.REFUSES, Mood.TURNS):
                self._mood(visit, visit.to)
            ledger.coins[visit.sender] = ledger.coins.get(visit.sender, 0) - visit.value
            self._pay(ledger, visit, COIN, visit.to, visit.value)
        return []

    def badge(self, ledger: Ledger, visit: Visit) -> tuple[list[Log], int]:
        if visit.data[:4] != MULTICALL.selector:
            return self._claim(ledger, visit), 1
        parts = MULTICALL.decode(visit.data)[0]
        return [log for part in parts for log in self._claim(ledger, replace(visit, data=part))], len(parts)

    def _claim(self, ledger: Ledger, visit: Visit) -> list[Log]:
        recipient, quantity = CLAIM.decode(visit.data)
        if self._mood(visit, recipient) == Mood.SILENT:
            return []
        self._pay(ledger, visit, visit.to, recipient, quantity)
        return [self._mint(ledger, visit.to, recipient) for _ in range(quantity)]

    def _mint(self, ledger: Ledger, contract: str, recipient: str) -> Log:
        ledger.badges += 1
        return log(contract, MINTED, ["", recipient, ledger.badges])

    def multicall3(self, ledger: Ledger, visit: Visit) -> tuple[list[Log], int]:
        logs: list[Log] = []
        rows = AGGREGATE3.decode(visit.data)[0]
        for target, may_fail, data in rows:
            result = self.run(ledger, replace(visit, sender=MULTICALL3, to=target, data=data))
            if not result.ok and not may_fail:
                raise Revert(result.data)
            logs += result.logs
        return logs, len(rows)

    def token(self, ledger: Ledger, visit: Visit) -> tuple[list[Log], int]:
        recipient, amount = processor.TRANSFER.decode(visit.data)
        return self._transfer(ledger, visit, visit.sender, recipient, amount), 1

    def _transfer(self, ledger: Ledger, visit: Visit, payer: str, recipient: str, amount: int) -> list[Log]:
        mood = self._mood(replace(visit, to=TOKEN), recipient)
        if (balance := ledger.tokens.get(payer, 0)) < amount:
            raise Revert(processor.INSUFFICIENT_BALANCE.encode([payer, balance, amount]))
        if mood == Mood.SILENT:
            return []
        ledger.tokens[payer] = balance - amount
        self._pay(ledger, visit, TOKEN if payer == visit.sender else POOL, recipient, amount)
        arrives = amount - 1 if mood == Mood.KEEPS else amount
        return [log(TOKEN, MOVED, [payer, recipient], encode(["uint256"], [arrives]))]

    def pool(self, ledger: Ledger, visit: Visit) -> tuple[list[Log], int]:
        if visit.data[:4] == processor.PROPOSE.selector:
            return self._propose(ledger, visit, *processor.PROPOSE.decode(visit.data)), 1
        return self._finalize(ledger, visit, *processor.FINALIZE.decode(visit.data)), 1

    def _propose(self, ledger: Ledger, visit: Visit, amount: int, beneficiary: str) -> list[Log]:
        """Ids are counted on this branch of the chain: after a reorganisation another proposal may get the same one."""
        self._mood(visit, beneficiary)
        poll = len(ledger.polls) + 1
        ledger.polls[poll] = Poll(amount, beneficiary)
        return [log(POOL, processor.POLL_CREATED, [], encode(["uint256", "uint256"], [poll, 1]))]

    def _finalize(self, ledger: Ledger, visit: Visit, number: int) -> list[Log]:
        poll = ledger.polls.get(number)
        if poll is None:
            raise Revert(POLL_UNKNOWN.encode([number]))
        if poll.finalized:
            raise Revert(POLL_FINALIZED.encode([number]))
        logs = self._transfer(ledger, visit, POOL, poll.beneficiary, poll.amount)
        if not logs:
            return []
        ledger.polls[number] = poll._replace(finalized=True)
        values = [number, poll.beneficiary, poll.amount]
        return [*logs, log(POOL, processor.WITHDRAWN, [], encode(["uint256", "address", "uint256"], values))]


Code = Callable[[Contracts, Ledger, Visit], tuple[list[Log], int]]
CODE: dict[str, Code] = {
    BADGE: Contracts.badge,
    OPEN_BADGE: Contracts.badge,
    TOKEN: Contracts.token,
    POOL: Contracts.pool,
    MULTICALL3: Contracts.multicall3,
}


def log(address: str, event: Signature, topics: Sequence[str | int], data: bytes = b"") -> Log:
    words = [bytes.fromhex(topic[2:]) if isinstance(topic, str) else topic.to_bytes(8) for topic in topics]
    return {
        "address": address,
        "topics": [event.topic, *("0x" + word.rjust(32, b"\0").hex() for word in words)],
        "data": "0x" + data.hex(),
        "logIndex": "0x0",
    }
