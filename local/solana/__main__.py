"""`python -m local.solana`: a cluster until SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from local.solana import kept
from local.solana.bank import Bank
from local.solana.ledger import Ledger
from local.solana.live import LiveBank, ProgramsMissing
from local.solana.model.bank import ModelBank
from local.solana.node import Lags, Node
from local.solana.web import Cluster, Port


def main() -> None:
    given = _arguments()
    ledger = _ledger(given)
    nodes = [Node(ledger, Lags(given.confirmed, given.finalized)) for _ in range(2)]
    nodes[1].faults.behind = given.behind
    cluster = Cluster(ledger)
    for number, node in zip((given.port, given.second_port), nodes, strict=True):
        port = _port(number, cluster, node)
        threading.Thread(target=port.serve_forever, daemon=True).start()
        print(f"A node of the Solana test cluster answers on http://127.0.0.1:{port.server_port}", flush=True)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: cluster.stop())
    cluster.run(None if given.manual else given.slot_ms / 1000)
    if given.ledger:
        with cluster.lock:
            kept.write(ledger, given.ledger)


def _ledger(given: argparse.Namespace) -> Ledger:
    ledger = Ledger(_bank(given.programs), seed=given.seed, skipped=given.skipped)
    if given.ledger and given.ledger.exists():
        try:
            kept.load(ledger, given.ledger)
        except kept.NotOurs as error:
            _give_up(str(error))
    return ledger


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.solana", description=__doc__)
    parser.add_argument("--port", type=_number(0, 65535), default=8899)
    parser.add_argument("--second-port", type=_number(0, 65535), default=0, help="of the second node; 0: any free one")
    parser.add_argument("--behind", type=_number(0, 10_000), default=0, help="slots that the second node lags behind")
    parser.add_argument("--slot-ms", type=_number(1, 60_000), default=400)
    parser.add_argument("--manual", action="store_true", help="slots pass only by the method test_advance")
    parser.add_argument("--confirmed", type=_number(0, 10_000), default=2, help="slots until a block is confirmed")
    parser.add_argument("--finalized", type=_number(0, 10_000), default=32, help="slots until a block is finalized")
    parser.add_argument("--skipped", type=_share, default=0.05, help="share of the slots without a block, below 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=Path, default=os.environ.get("SOLANA_PROGRAMS_DIR") or None)
    parser.add_argument("--ledger", type=Path, help="a file whose blocks it goes on from, and that has them all at its end")
    return parser.parse_args()


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return number


def _share(text: str) -> float:
    if not 0 <= float(text) < 1:
        raise ValueError
    return float(text)


def _bank(programs: Path | None) -> Bank:
    if programs is None:
        return ModelBank()
    try:
        return LiveBank(Path(programs))
    except ProgramsMissing as error:
        _give_up(str(error))


def _port(number: int, cluster: Cluster, node: Node) -> Port:
    try:
        return Port(number, cluster, node)
    except OSError as error:
        _give_up(f"Port {number}: {error.strerror}.")


def _give_up(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
