"""The variables of the staking processor that stakes/ takes the place of: its names, its units, its defaults.

A service of the old kind is replaced by setting the same environment. Numbers are whole: wei and milliseconds.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

OLD_REDIS = "redis://redis:6379"
OLD_STREAM = "feeless:signatures"
_DAY = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Staking:
    """What those variables say. `stream` empty: no stream is listened to. Amounts in wei, times in milliseconds."""

    stream: str
    group: str
    consumer: str
    address: str  # of the staking contract; empty where the only one is meant
    confirmations: int
    minimum_balance: int
    alert_balance: int
    max_fee: int
    max_tip: int | None
    most_unacknowledged: int
    balance_pause: int
    error_pause: int
    read_block: int
    loop_limit: int
    stuck_after: int
    left_behind_after: int
    removes_done: bool


class _Reader:
    """Reads numbers, and refuses what is none in one line that names the variable."""

    def __init__(self, env: Any) -> None:
        self._env = env

    def text(self, name: str, default: str) -> str:
        return str(self._env.str(name, default=default)).strip() or default

    def whole(self, name: str, default: int | None, unit: str, *, lowest: int = 0, most: int = 2**256 - 1) -> Any:
        text = self.text(name, "" if default is None else str(default))
        if not text:
            return default
        if not (re.fullmatch("[0-9]{1,78}", text) and lowest <= int(text) <= most):
            raise ImproperlyConfigured(f"{name} must be a whole number of {unit} from {lowest} on, and not {text[:40]!r}.")
        return int(text)

    def wei(self, name: str, default: int | None) -> Any:
        return self.whole(name, default, "wei")

    def milliseconds(self, name: str, default: int) -> Any:
        return self.whole(name, default, "milliseconds", lowest=1, most=2**31 - 1)

    def address(self, name: str) -> str:
        text = self.text(name, "")
        if text and not re.fullmatch("0x[0-9a-fA-F]{40}", text):
            raise ImproperlyConfigured(f"{name} must be an address: 0x and 40 hexadecimal digits.")
        return text


def read(source: Any) -> Staking:
    """Raises ImproperlyConfigured, in one line, for what cannot be read and for what contradicts itself."""
    env = _Reader(source)
    address = env.address("STAKING_ADDRESS")
    staking = Staking(
        stream=env.text("REDIS_QUEUE_STREAM_KEY", OLD_STREAM if address else ""),
        group=env.text("REDIS_QUEUE_APPLICATION_ID", "staking-backend-processor"),
        consumer=env.text("REDIS_QUEUE_CONSUMER_ID", "staking-backend-processor-consumer"),
        address=address,
        confirmations=_confirmations(env),
        minimum_balance=env.wei("PROCESSOR_MIN_BALANCE", 10**18),
        alert_balance=env.wei("PROCESSOR_ALERT_BALANCE", 10**18),
        max_fee=env.wei("MAX_FEE_PER_GAS", 30 * 10**9),
        max_tip=env.wei("MAX_PRIORITY_FEE_PER_GAS", None),
        most_unacknowledged=env.whole("MAX_NON_ACK_PENDING_MESSAGES", 10, "messages"),
        balance_pause=env.milliseconds("BALANCE_TOO_LOW_TIMEOUT", 60_000),
        error_pause=env.milliseconds("ERROR_TIMEOUT", 30_000),
        read_block=env.milliseconds("REDIS_READ_BLOCK_TIMEOUT", 30_000),
        loop_limit=env.milliseconds("PROCESSOR_QUEUE_LISTENER_LOOP_MAX_TIMEOUT", 60_000),
        stuck_after=env.milliseconds("PROCESSOR_ALERT_TIMESTAMP_STUCK_DURATION", _DAY),
        left_behind_after=env.milliseconds("STREAM_LEFT_BEHIND_AFTER", 60_000),
        removes_done=env.text("STREAM_REMOVES_DONE", "true").lower() in ("true", "1", "yes", "on"),
    )
    _check(staking)
    return staking


def mnemonic(source: Any, ours: str) -> str:
    """PROCESSOR_MNEMONIC under our own name for it. Raises ImproperlyConfigured where both are set and differ."""
    env = _Reader(source)
    theirs = env.text("PROCESSOR_MNEMONIC", "")
    if ours and theirs and ours != theirs:
        raise ImproperlyConfigured("MNEMONIC and PROCESSOR_MNEMONIC are both set, and to different phrases: take one away.")
    return ours or theirs


def redis_url(given: str, staking: Staking) -> str:
    """REDIS_URL; where a stream is to be listened to, the address it had there."""
    return given or (OLD_REDIS if staking.stream else "")


def _confirmations(env: _Reader) -> int:
    """Both spellings: the first one is that of the old service."""
    old = env.whole("CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS", None, "blocks", lowest=1, most=2**31 - 1)
    new = env.whole("CHAIN_MINIMUM_REQUIRED_CONFIRMATIONS", None, "blocks", lowest=1, most=2**31 - 1)
    if old and new and old != new:
        raise ImproperlyConfigured(
            f"CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS is {old} and CHAIN_MINIMUM_REQUIRED_CONFIRMATIONS is {new}: take one away."
        )
    return int(old or new or 6)


def _check(staking: Staking) -> None:
    if staking.alert_balance < staking.minimum_balance:
        raise ImproperlyConfigured(
            f"PROCESSOR_ALERT_BALANCE ({staking.alert_balance} wei) is below PROCESSOR_MIN_BALANCE "
            f"({staking.minimum_balance} wei): the alert would come after the work has stopped."
        )
    if staking.max_tip is not None and staking.max_tip > staking.max_fee:
        raise ImproperlyConfigured(
            f"MAX_PRIORITY_FEE_PER_GAS ({staking.max_tip} wei) is above MAX_FEE_PER_GAS ({staking.max_fee} wei), of which it "
            "is a part."
        )
