from claims.serializers import signatures
from orders.commands import ProcessCommand
from orders.states import Kind


class Command(ProcessCommand):
    help = "Work the pending claims by hand, with the very code of the scheduled ticks; safe beside them."
    kind = Kind.CLAIM
    signatures = staticmethod(signatures)
