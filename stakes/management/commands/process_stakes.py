from orders.commands import ProcessCommand
from orders.states import Kind
from stakes.serializers import signatures


class Command(ProcessCommand):
    help = "Work the pending stakes by hand, with the very code of the scheduled ticks; safe beside them."
    kind = Kind.STAKE
    signatures = staticmethod(signatures)
