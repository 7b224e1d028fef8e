"""What all orders share: one narrow table that is the queue, its history, and the clients who may fill it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain.findings import Severity
from chain.models import Transaction, Wallet
from orders.audit.codes import CODES
from orders.groundwork import Groundwork  # noqa: F401 - Django finds a room's models in here
from orders.states import Kind, Part, Reason, Scope, Status


class Client(models.Model):
    """A system that sends orders. Orders of one client are invisible to the others."""

    name = models.SlugField(max_length=60, unique=True)
    is_active = models.BooleanField(default=True, help_text="Off: all its keys are refused. Its orders go on.")
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A client's secret: 256 random bits, kept as SHA-256 only and found by its public prefix."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=24, choices=Scope.choices))
    created = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Order(models.Model):
    """One thing to do on chain, of any kind. Its kind's own table holds the details under the same id.

    `orders.moves` alone writes the status; the database refuses illegal moves by itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, related_name="orders", help_text="Empty: entered by staff."
    )
    external_id = models.CharField(max_length=100, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - null is what a unique rule passes over
    request_hash = models.CharField(max_length=64, blank=True)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="orders")
    group = models.UUIDField(
        help_text="The reward, pool or collection it belongs to; orders of one group may share a transaction."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    fail_reason = models.TextField(blank=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="orders")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Final transactions that did not pay it.")
    gas_used = models.PositiveBigIntegerField(null=True, help_text="Its share of its transactions' gas.")
    held_by = models.CharField(max_length=100, blank=True)
    held_until = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(db_default=Now(), editable=False)
    moved_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [
            models.UniqueConstraint(name="order_idempotency_key_once", fields=["client", "idempotency_key"]),
            models.UniqueConstraint(
                name="order_external_id_once", fields=["client", "external_id"], condition=~models.Q(external_id="")
            ),
            models.CheckConstraint(
                name="order_failed_has_reason", condition=models.Q(status=Status.FAILED) ^ models.Q(fail_reason="")
            ),
            models.CheckConstraint(
                name="order_bound_has_transaction",
                condition=~models.Q(status__in=[Status.BUSY, Status.COMPLETED]) | models.Q(transaction__isnull=False),
            ),
            models.CheckConstraint(
                name="order_waiting_has_no_transaction",
                condition=~models.Q(status=Status.PENDING) | models.Q(transaction__isnull=True),
            ),
            models.CheckConstraint(
                name="order_held_has_reason", condition=~models.Q(status=Status.HELD) | ~models.Q(reason="")
            ),
        ]
        indexes = [
            # The lane's pick: the oldest pending orders of one wallet.
            models.Index(name="order_queue", fields=["wallet", "created", "id"], condition=models.Q(status=Status.PENDING)),
            # ... and those of one group, once the oldest has named it.
            models.Index(
                name="order_group_queue", fields=["group", "created", "id"], condition=models.Q(status=Status.PENDING)
            ),
            # Cursor pages of one client, and the admin's list by status.
            models.Index(name="order_client_page", fields=["client", "-created", "-id"]),
            models.Index(name="order_status_page", fields=["status", "-created", "-id"]),
            models.Index(name="order_page", fields=["-created", "-id"]),
            models.Index(name="order_held_until", fields=["held_until"], condition=models.Q(status=Status.HELD)),
            models.Index(name="order_external_id", fields=["external_id"], condition=~models.Q(external_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Event(models.Model):
    """A line of an order's history. Append-only."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(db_default=Now())
    from_status = models.CharField(max_length=10, choices=Status.choices, blank=True)
    to_status = models.CharField(max_length=10, choices=Status.choices)
    actor = models.CharField(max_length=100, help_text="client:NAME, staff:NAME, lane or command")
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    note = models.TextField(blank=True)
    evidence = models.JSONField(null=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"


class ReleaseRequest(models.Model):
    """One member of staff asks to release an order whose evidence conflicts, another confirms. Counts for one revision only."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="release_requests")
    revision = models.PositiveIntegerField(help_text="The order's, when it was asked for.")
    asked_by = models.CharField(max_length=100, help_text="staff:NAME")
    asked_reason = models.TextField()
    asked_at = models.DateTimeField(db_default=Now())
    confirmed_by = models.CharField(max_length=100, blank=True, help_text="staff:NAME, never the one who asked")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="release_request_once", fields=["order", "revision"]),
            models.CheckConstraint(
                name="release_request_two_people",
                condition=models.Q(asked_by__startswith="staff:")
                & (
                    models.Q(confirmed_by="")
                    | (models.Q(confirmed_by__startswith="staff:") & ~models.Q(confirmed_by=models.F("asked_by")))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"release of {self.order_id}, asked by {self.asked_by}"


class Stop(models.Model):
    """A group nothing of which is signed until staff lift this: set when every call of a batch fails alike, or by staff."""

    group = models.UUIDField(primary_key=True)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT)
    reason = models.TextField()
    since = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.reason


class AuditRun(models.Model):
    """One scheduled audit: how far it came, and how much it found."""

    started = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True)
    complete = models.BooleanField(default=False, help_text="Every node answered, and there was time for all blocks.")
    problem = models.TextField(blank=True, help_text="What could not be looked at.")
    found = models.PositiveIntegerField(default=0, help_text="Findings, known ones among them.")
    reached = models.JSONField(default=dict, help_text="By network: the last block that has been looked at.")
    totals = models.JSONField(default=dict, help_text="Orders by kind and status.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"audit {self.pk}"


class AuditFinding(models.Model):
    """What an audit found. It stays open until somebody says that they have looked at it; found again, it is the same row."""

    key = models.CharField(max_length=300, unique=True, help_text="What it is, and what it is about.")
    code = models.CharField(max_length=32, choices=CODES)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    sentence = models.TextField()
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, null=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True)
    tx_hash = models.CharField(max_length=88, blank=True)
    evidence = models.JSONField(default=dict)
    first_run = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="news")
    last_run = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="findings")
    looked_at = models.DateTimeField(null=True)
    looked_at_by = models.CharField(max_length=100, blank=True)
    looked_at_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="audit_finding_looked_at_by_somebody",
                condition=models.Q(looked_at__isnull=True) | ~models.Q(looked_at_by="", looked_at_reason=""),
            )
        ]
        indexes = [models.Index(name="audit_finding_open", fields=["code"], condition=models.Q(looked_at__isnull=True))]

    def __str__(self) -> str:
        return self.sentence


class BulkRequest(models.Model):
    """A bulk POST and its answer, so that the same key gives the same answer."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT)
    idempotency_key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    results = models.JSONField()
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(name="bulk_request_once", fields=["client", "idempotency_key"])]


class Heartbeat(models.Model):
    """The latest sign of life of one part of a running `manage.py work`. Gone when the worker has ended in good order."""

    worker = models.CharField(max_length=100, help_text="Its host, and the number of its process there.")
    part = models.CharField(max_length=10, choices=Part.choices)
    at = models.DateTimeField(db_default=Now())
    started = models.DateTimeField(db_default=Now())
    restarts = models.PositiveIntegerField(default=0, help_text="By its worker, since that began.")
    restarted_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="heartbeat_once", fields=["worker", "part"])]

    def __str__(self) -> str:
        return f"{self.part} of {self.worker}"
