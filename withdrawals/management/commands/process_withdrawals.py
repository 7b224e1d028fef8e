from collections.abc import Sequence

from chain.calls import Signature
from orders.commands import ProcessCommand
from orders.queue import Detail
from orders.states import Kind
from withdrawals.processor import FINALIZE, PROPOSE, TRANSFER


class Command(ProcessCommand):
    help = "Work the pending withdrawals by hand, with the very code of the scheduled ticks; safe beside them."
    kind = Kind.WITHDRAWAL

    @staticmethod
    def signatures(_: Detail) -> Sequence[Signature]:
        return [TRANSFER, PROPOSE, FINALIZE]
