"""Plays the script to the real programs and writes down what they did, for `test_model.py`.

    SOLANA_PROGRAMS_DIR=/where/they/are python -m tests.solana.record

Source lines in logs and the numbers of compute units are left out of the logs: they say nothing of what a program does.
"""

import gzip
import json
import os
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from solders.account import Account

from local.solana.bank import Bank, Result
from local.solana.live import LiveBank, ProgramsMissing
from tests.solana.script import Step, open_bank
from tests.solana.whole import script

FILE = Path(__file__).with_name("recorded.json.gz")
_PLAIN = [
    (re.compile(r"consumed \d+ of \d+"), "consumed # of #"),
    (re.compile(r" thrown in \S+\.rs:\d+"), " occurred"),
    (re.compile(r"panicked at [^\n]*\n"), "panicked at:\n"),
    (re.compile(r"Access violation.*"), "Access violation"),
]


def play(bank: Bank) -> list[dict[str, Any]]:
    """What became of each step of the script, and of the accounts that it named."""
    open_bank(bank)
    return [_played(bank, step) for step in script().steps]


def _played(bank: Bank, step: Step) -> dict[str, Any]:
    result = step.play(bank)
    keys = step.transaction.message.account_keys
    found = [(key, bank.account(key)) for key in keys]
    return {
        "name": step.name,
        "wire": bytes(step.transaction).hex(),
        **told(result),
        "accounts": {str(key): _account(account) for key, account in found if account is None or not account.executable},
    }


def told(result: Result) -> dict[str, Any]:
    inner = [[[each.program, list(each.accounts), each.data.hex(), each.height] for each in group] for group in result.inner]
    returned = None if result.returned is None else [str(result.returned[0]), result.returned[1].hex()]
    logs = [plain(line) for line in result.logs]
    return {
        "err": result.err, "fee": result.fee, "units": result.units, "logs": logs, "inner": inner, "returned": returned,
    }  # fmt: skip


def plain(line: str) -> str:
    for pattern, words in _PLAIN:
        line = pattern.sub(words, line)
    return line


def _account(account: Account | None) -> Any:
    if account is None:
        return None
    return [account.lamports, str(account.owner), len(account.data), sha256(account.data).hexdigest()]


def recorded() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gzip.decompress(FILE.read_bytes()))
    return found


def main() -> None:
    if not (folder := os.environ.get("SOLANA_PROGRAMS_DIR")):
        _give_up("SOLANA_PROGRAMS_DIR names no folder with the real programs.")
    try:
        steps = play(LiveBank(Path(folder)))
    except ProgramsMissing as error:
        _give_up(str(error))
    FILE.write_bytes(gzip.compress(json.dumps(steps, separators=(",", ":")).encode(), mtime=0))
    print(f"{FILE.name}: {len(steps)} transactions, {FILE.stat().st_size:,} bytes")  # noqa: T201


def _give_up(why: str) -> NoReturn:
    print(why, file=sys.stderr)  # noqa: T201
    raise SystemExit(2)


if __name__ == "__main__":
    main()
