from orders.commands import ProcessCommand
from orders.states import Kind
from withdrawals.serializers import signatures


class Command(ProcessCommand):
    help = "Work the pending withdrawals by hand, with the very code of the scheduled ticks; safe beside them."
    kind = Kind.WITHDRAWAL
    signatures = staticmethod(signatures)
