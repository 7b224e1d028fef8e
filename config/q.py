"""What runs by itself, and for which kinds of order."""

# The kinds of order this installation knows: a new kind adds a line.
ORDER_QUEUES = [
    "claims.processor.QUEUE", "withdrawals.processor.QUEUE", "stakes.processor.QUEUE", "mints.processor.QUEUE",
]  # fmt: skip

# How each of them looks in REST.
ORDER_SHAPES = [
    "claims.serializers.SHAPE", "withdrawals.serializers.SHAPE", "stakes.serializers.SHAPE", "mints.serializers.SHAPE",
]  # fmt: skip

# django-q2's schedules: name -> (function, minutes). `manage.py work` makes the table say exactly this.
SCHEDULES = {
    "pulse": ("orders.worker.runner.pulse", 1),
    "audit": ("orders.audit.runs.run", 60),
    "stream": ("stakes.consumer.when_alone", 1),
    "claim_queue": ("claims.queue_keys.drain", 1),
    "mints": ("mints.runner.look", 1),
    "uploads": ("mints.stages.cleanup.sweep", 1440),
}

# What the pulse looks at besides wallets, at once when it is called and every few seconds: each asks for tasks by itself.
LOOKS = ["mints.runner.look"]

# Whether a task that is no tick waits for a worker: a lane that is only kept warm makes room for it.
WAITS = ["mints.runner.waits"]

# What `manage.py work` keeps running beside the pulse and the cluster where it is configured: name -> function of the heart.
WORKER_CHILDREN = {"stream": "stakes.consumer.run"}
