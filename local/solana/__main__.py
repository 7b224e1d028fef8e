"""`python -m local.solana`: a cluster until SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from local.solana import kept
from local.solana.bank import Bank
from local.solana.ledger import Ledger
from local.solana.live import LiveBank, ProgramsMissing
from local.solana.model.bank import ModelBank
from local.solana.node import Lags, Node
from local.solana.web import Cluster, Port


def main() -> None:
    given = _arguments()
    ledger = Ledger(_bank(given.programs), seed=given.seed, skipped=given.skipped)
    if given.ledger and given.ledger.exists():
        kept.load(ledger, given.ledger)
    nodes = [Node(ledger, Lags(given.confirmed, given.finalized)) for _ in range(2)]
    nodes[1].faults.behind = given.behind
    cluster = Cluster(nodes[0])
    ports = [Port(port, cluster, node) for port, node in zip((given.port, given.second_port), nodes, strict=True)]
    for port in ports:
        threading.Thread(target=port.serve_forever, daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: cluster.stop())
    print(f"A Solana cluster answers on {', '.join(f'http://127.0.0.1:{port.server_port}' for port in ports)}", flush=True)
    cluster.tick(given.slot_ms / 1000) if not given.manual else cluster.wait()
    if given.ledger:
        with cluster.lock:
            kept.write(ledger, given.ledger)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.solana", description=__doc__)
    parser.add_argument("--port", type=int, default=8899)
    parser.add_argument("--second-port", type=int, default=0, help="another node of the same cluster; 0: any free port")
    parser.add_argument("--behind", type=int, default=0, help="slots that the second node lags behind")
    parser.add_argument("--slot-ms", type=int, default=400)
    parser.add_argument("--manual", action="store_true", help="slots pass only by the method test_advance")
    parser.add_argument("--confirmed", type=int, default=2, help="slots until a block is confirmed")
    parser.add_argument("--finalized", type=int, default=32, help="slots until a block is finalized")
    parser.add_argument("--skipped", type=float, default=0.05, help="share of the slots without a block")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=Path, default=os.environ.get("SOLANA_PROGRAMS_DIR"))
    parser.add_argument("--ledger", type=Path, help="a file whose blocks it goes on from, and that has them all at its end")
    return parser.parse_args()


def _bank(programs: Path | None) -> Bank:
    if programs is None:
        return ModelBank()
    try:
        return LiveBank(Path(programs))
    except ProgramsMissing as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
