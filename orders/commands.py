"""The process_* commands: the lanes worked by hand, with the very code of the ticks."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Exists, OuterRef
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chain.commands import Command, bad_argument, find_wallet
from chain.errors import ChainError
from chain.models import Wallet
from orders.bill import Bill, Signatures, bills
from orders.models import Order
from orders.states import Kind, Status
from orders.turn import Turn
from orders.worker.runner import drain, stopping

if TYPE_CHECKING:
    from orders.solana.bill import Bill as SolanaBill

AT_ONCE = 8  # wallets; one whose node is slow does not keep the others waiting
OPEN = (Status.PENDING, Status.BUSY)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to for one wallet, in orders; `waits` says what holds the rest up."""

    wallet: str
    completed: int
    failed: int
    open: int
    waits: str = ""
    taken: bool = False

    def __str__(self) -> str:
        if self.taken:
            return f"wallet {self.wallet} is being worked on by another process"
        waits = f" ({self.waits})" if self.waits else ""
        return f"wallet {self.wallet}: {self.completed} completed, {self.failed} failed, {self.open} still open{waits}"


class ProcessCommand(Command):
    """Works the lanes of one kind of order until nothing of it is left or it is held up. Subclasses say which."""

    kind: ClassVar[Kind]
    article: ClassVar[str] = "a"
    signatures: Signatures

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="One turn for each wallet, without waiting for the chain.")
        parser.add_argument("--wallet", metavar="NAME|ADDRESS|ID", help="Only this wallet.")
        parser.add_argument("--dry-run", action="store_true", help="Print the bill of the next step and change nothing.")
        parser.add_argument("--limit", type=int, metavar="N", help="End a wallet's run once N have ended; of a bill, show N.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *_: Any, **options: Any) -> None:
        limit = options["limit"]
        if limit is not None and limit < 1:
            raise bad_argument("--limit takes a number from 1 on.")
        wallets = [find_wallet(options["wallet"])] if options["wallet"] else self._wallets()
        if not wallets:
            self._say({}, f"No wallet has {self.article} {self.kind} to process.", as_json=options["json"])
        elif options["dry_run"]:
            self._show_bills(wallets, limit, as_json=options["json"])
        else:
            self._work(wallets, limit, once=options["once"], as_json=options["json"])

    def _wallets(self) -> list[Wallet]:
        """Those with open orders of this kind."""
        mine = Order.objects.filter(wallet=OuterRef("pk"), kind=self.kind, status__in=OPEN)
        return list(Wallet.objects.select_related("network").filter(Exists(mine)))

    # -- working -------------------------------------------------------------------------------------------------------

    def _work(self, wallets: Sequence[Wallet], limit: int | None, *, once: bool, as_json: bool) -> None:
        with self._progress(as_json=as_json) as progress, ThreadPoolExecutor(AT_ONCE) as threads:
            runs = [threads.submit(self._run, wallet, progress, limit, once=once) for wallet in wallets]
            try:
                results = [run.result() for run in runs]
            except KeyboardInterrupt:
                stopping.value = True  # the lanes come home at their next step, and only then do we
                raise
        for result in results:
            self._say(asdict(result), str(result), as_json=as_json)

    def _progress(self, *, as_json: bool) -> Progress:
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        return Progress(*columns, console=console, transient=True, disable=as_json or not console.is_terminal)

    def _run(self, wallet: Wallet, progress: Progress, limit: int | None, *, once: bool) -> Result:
        """One wallet, in a thread and on a database connection of its own."""
        try:
            return self._drain(wallet, progress, limit, once=once)
        finally:
            connection.close()

    def _drain(self, wallet: Wallet, progress: Progress, limit: int | None, *, once: bool) -> Result:
        before = self._tally(wallet)
        bar = progress.add_task(wallet.name, total=before.open)
        taken = True
        now = before
        for _ in self._turns(wallet):
            taken, now = False, self._tally(wallet)
            ended = now.completed - before.completed + now.failed - before.failed
            progress.update(bar, completed=ended, total=ended + now.open)
            if once or (limit is not None and ended >= limit):
                break
        wallet.refresh_from_db(fields=["waiting", "waiting_detail"])
        completed, failed = now.completed - before.completed, now.failed - before.failed
        waits = wallet.waiting_detail or wallet.waiting if now.open else ""
        return Result(wallet.name, completed, failed, now.open, waits, taken)

    def _turns(self, wallet: Wallet) -> Iterator[Turn]:
        """Of the wallet's lane, until nothing is left or it is held up. None if another process has the lane."""
        return drain(wallet, {self.kind})

    def _tally(self, wallet: Wallet) -> Result:
        """The wallet's orders of this kind as they stand."""
        orders = Order.objects.filter(wallet=wallet, kind=self.kind)
        count = {status: orders.filter(status=status).count() for status in (*OPEN, Status.COMPLETED, Status.FAILED)}
        return Result(wallet.name, count[Status.COMPLETED], count[Status.FAILED], sum(count[status] for status in OPEN))

    # -- the bill ------------------------------------------------------------------------------------------------------

    def _show_bills(self, wallets: Sequence[Wallet], limit: int | None, *, as_json: bool) -> None:
        for wallet in wallets:
            try:
                for bill in self._bills(wallet):
                    self._show(wallet, bill, limit, as_json=as_json)
            except ChainError as error:
                raise CommandError(f"wallet {wallet.name}: {error}") from error

    def _bills(self, wallet: Wallet) -> "Iterable[Bill | SolanaBill]":
        """Raises ChainError."""
        if wallet.network.is_solana:
            from orders.solana.bill import bills as solana_bills  # noqa: PLC0415 - 10 MB of solders, only where it is needed

            return solana_bills(wallet, {self.kind})
        return bills(wallet, {self.kind}, self.signatures)

    def _show(self, wallet: Wallet, bill: "Bill | SolanaBill", limit: int | None, *, as_json: bool) -> None:
        if as_json:
            self._say({"wallet": wallet.name, **asdict(bill)}, "", as_json=True)
            return
        self.stdout.write(f"wallet {wallet.name}, group {bill.group}: {len(bill.lines)} orders, {bill.behind} more behind them")
        for line in bill.lines[:limit]:
            self.stdout.write(f"  {line.order}  {line.call}" + (f"  would fail: {line.problem}" if line.problem else ""))
        if bill.held_up:
            self.stdout.write(f"  nothing would be signed: {bill.held_up}")
        self.stdout.write(f"  {bill.total(wallet.network.currency)}")

    def _say(self, values: dict[str, Any], text: str, *, as_json: bool) -> None:
        if not as_json:
            self.stdout.write(text)
        elif values:
            self.stdout.write(json.dumps(values, default=str))
