"""What `/api/monitor` asks, in the order in which it is shown. Each is a function that says whether all is well, and a line."""

CHECKS = [
    "orders.health.checks.database",
    "orders.health.checks.clock",
    "orders.health.checks.broker",
    "orders.health.checks.maintenance",
    "orders.health.checks.pulse",
    "orders.health.checks.workers",
    "orders.health.checks.loop",
    "orders.health.work.lanes",
    "orders.health.work.queue",
    "orders.health.work.transactions",
    "orders.health.work.waits",
    "orders.health.chains.balance",
    "orders.health.chains.nonces",
    "orders.health.chains.head",
    "orders.health.chains.wallets",
    "orders.health.checks.audit",
    "stakes.monitor.unacknowledged",
    "stakes.monitor.stream_loop",
    "stakes.monitor.message_age",
]
