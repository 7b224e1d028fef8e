"""One transaction's run: accounts, compute units, logs, and the calls of programs to programs."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solders.account import Account
from solders.pubkey import Pubkey

from local.solana.bank import Inner
from local.solana.model import ids
from local.solana.model.borsh import Malformed, Reader

MOST_CALLS = 64  # of programs, in one transaction
BUILTINS = {ids.SYSTEM, ids.COMPUTE_BUDGET}


class Failure(Exception):
    """An instruction's error: `reason` as JSON-RPC writes it, `words` as the log does, after the program's own `lines`."""

    def __init__(self, reason: Any, words: str, *lines: str) -> None:
        super().__init__(words)
        self.reason, self.words, self.lines = reason, words, lines


class Custom(Failure):
    """A program's own error, by its number."""

    def __init__(self, number: int, *lines: str) -> None:
        super().__init__({"Custom": number}, f"custom program error: {number:#x}", *lines)


class Panic(Failure):
    """The program broke off."""

    def __init__(self, words: str) -> None:
        super().__init__("ProgramFailedToComplete", "SBF program panicked", f"Program log: panicked at:\n{words}")


class Crash(Failure):
    """The program touched what is not its own; that takes all units. The real one does so on a leaf that is not proved."""

    def __init__(self) -> None:
        super().__init__("ProgramFailedToComplete", "Access violation")


class OutOfUnits(Failure):
    """In a program; its caller only hears that it did not complete."""

    def __init__(self) -> None:
        super().__init__("ProgramFailedToComplete", "exceeded CUs meter at BPF instruction")


@dataclass(slots=True)
class State:
    """An account while a transaction runs."""

    lamports: int = 0
    data: bytearray = field(default_factory=bytearray)
    owner: Pubkey = ids.SYSTEM
    executable: bool = False

    @classmethod
    def of(cls, account: Account | None) -> "State":
        if account is None:
            return cls()
        return cls(account.lamports, bytearray(account.data), account.owner, account.executable)

    def frozen(self) -> Account | None:
        return Account(self.lamports, bytes(self.data), self.owner, self.executable) if self.lamports else None


@dataclass(frozen=True, slots=True)
class Meta:
    """How an instruction names an account."""

    key: Pubkey
    signs: bool = False
    writes: bool = False


@dataclass(slots=True)
class Machine:
    """`inner` collects the calls below the instruction that runs; `slot` and the `recent` ones are the programs' clock."""

    keys: Sequence[Pubkey]
    states: Mapping[Pubkey, State]
    units: int
    slot: int
    recent: Collection[int]
    programs: Mapping[Pubkey, Callable[["Call"], None]]
    spent: int = 0
    begun: int = 0
    logs: list[str] = field(default_factory=list)
    inner: list[Inner] = field(default_factory=list)
    returned: tuple[Pubkey, bytes] | None = None

    @property
    def left(self) -> int:
        return self.units - self.spent

    def run(self, program: Pubkey, metas: Sequence[Meta], data: bytes, height: int = 1) -> None:
        """Raises Failure."""
        self.begun += 1
        call, self.returned = Call(self, program, metas, data, height), None
        self.logs.append(f"Program {program} invoke [{height}]")
        before = self.spent
        try:
            self.programs[program](call)
        except Failure as failure:
            self._fail(program, failure, before)
            raise
        self._succeed(program, before)

    def check_length(self) -> None:
        """Before every call. Raises Failure."""
        if self.begun >= MOST_CALLS:
            raise Failure("MaxInstructionTraceLengthExceeded", "Max instruction trace length exceeded")

    def _succeed(self, program: Pubkey, before: int) -> None:
        self._measure(program, before)
        if self.returned is not None and self.returned[0] == program:
            self.logs.append(f"Program return: {program} {base64.b64encode(self.returned[1]).decode()}")
        self.logs.append(f"Program {program} success")

    def _fail(self, program: Pubkey, failure: Failure, before: int) -> None:
        self.logs.extend(failure.lines)
        failure.lines = ()
        self._measure(program, before)
        self.logs.append(f"Program {program} failed: {failure.words}")
        if isinstance(failure, Crash):
            self.spent = self.units
        if failure.reason == "ProgramFailedToComplete":
            failure.words = "Program failed to complete"

    def _measure(self, program: Pubkey, before: int) -> None:
        if program not in BUILTINS:
            line = f"Program {program} consumed {self.spent - before} of {self.units - before} compute units"
            self.logs.append(line)


@dataclass(frozen=True, slots=True)
class Call:
    """What a program sees when it is called."""

    machine: Machine
    program: Pubkey
    metas: Sequence[Meta]
    data: bytes
    height: int

    def state(self, key: Pubkey) -> State:
        return self.machine.states[key]

    def log(self, *lines: str) -> None:
        self.machine.logs.extend(lines)

    def say(self, words: str) -> None:
        """A line of the program itself."""
        self.log(f"Program log: {words}")

    def charge(self, units: int) -> None:
        """Raises OutOfUnits."""
        if units > self.machine.left:
            self.machine.spent = self.machine.units
            raise OutOfUnits
        self.machine.spent += units

    def give_back(self, data: bytes) -> None:
        self.machine.returned = (self.program, data)

    def invoke(self, program: Pubkey, metas: Sequence[Meta], data: bytes) -> None:
        """Call another program, below this one. Raises Failure."""
        self.machine.check_length()
        keys = list(self.machine.keys)
        places = bytes(keys.index(meta.key) for meta in metas)
        self.machine.inner.append(Inner(keys.index(program), places, data, self.height + 1))
        self.machine.run(program, metas, data, self.height + 1)


Instruction = Callable[[Call, Reader], None]


def run_known(call: Call, known: Mapping[int, Instruction], size: int) -> None:
    """For programs whose instructions begin with a number of `size` bytes. Raises Failure."""
    reader = Reader(call.data)
    try:
        instruction = known.get(reader.number(size))
        if instruction is not None:
            return instruction(call, reader)
    except Malformed:
        pass
    raise Failure("InvalidInstructionData", "invalid instruction data")
