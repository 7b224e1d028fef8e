"""What runs by itself, and for which kinds of order."""

# The kinds of order this installation knows: a new kind adds a line.
ORDER_QUEUES = ["claims.processor.QUEUE", "withdrawals.processor.QUEUE", "stakes.processor.QUEUE"]

# How each of them looks in REST.
ORDER_SHAPES = ["claims.serializers.SHAPE", "withdrawals.serializers.SHAPE", "stakes.serializers.SHAPE"]

# django-q2's schedules: name -> (function, minutes). `manage.py work` makes the table say exactly this.
SCHEDULES = {"pulse": ("orders.runner.pulse", 1), "audit": ("orders.audit_run.run", 60)}
