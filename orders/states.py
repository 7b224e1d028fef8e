"""The states of an order, as data. `docs/state_machine.md` draws them; a test compares the two and the database's own guard."""

from django.db.models import TextChoices


class Kind(TextChoices):
    CLAIM = "claim"
    WITHDRAWAL = "withdrawal"
    STAKE = "stake"
    ITEM = "item"


class Status(TextChoices):
    """Coarse, for callers; `Reason` says more.

    PENDING    waits for its wallet's lane. A crash leaves it here.
    HELD       waits for a person.
    BUSY       bound to one transaction. Only that transaction's final receipt moves it on.
    COMPLETED  proved by its own event in a final receipt.
    FAILED     refused with a reason; nothing of it can reach the chain. Staff may retry.
    CANCELLED  withdrawn before it was ever bound, or after it failed.
    """

    PENDING = "pending"
    HELD = "held"
    BUSY = "busy"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Reason(TextChoices):
    """Why an order is in its status. Empty where the status says it all."""

    # held
    STAFF = "staff", "held by staff"
    REVIEW = "review", "evidence conflicts; a person must look"
    NOT_RELEASED = "not_released", "stored, not released yet"
    TRANSACTION_CANCELLED = "transaction_cancelled", "its transaction was cancelled by staff"
    FOREIGN = "foreign", "a transaction not made here took its nonce"
    # failed
    SIMULATION_REVERTED = "simulation_reverted", "the contract refuses it"
    REVERTED = "reverted", "reverted on chain"
    NOT_PAID = "not_paid", "its call failed inside the batch"
    INVALID = "invalid", "no call can be built from it"
    # back to pending
    BATCH_REVERTED = "batch_reverted", "its batch reverted; nothing was paid"
    NEXT_STEP = "next_step", "one step done, one to go"
    REQUEST_EXPIRED = "request_expired", "its signed request came too late; nothing was paid"
    TRANSACTION_EXPIRED = "transaction_expired", "no block took its transaction in time; nothing was paid"
    REORGANISED = "reorganised"
    RETRIED = "retried", "retried by staff"
    RELEASED = "released", "released by staff"
    RESTORED = "restored", "found in a journal after the database was restored"


# The law. busy -> pending | held | failed only with proof that its transaction can never pay it.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.BUSY, Status.HELD, Status.FAILED, Status.CANCELLED),
    Status.HELD: (Status.PENDING, Status.FAILED, Status.COMPLETED, Status.CANCELLED),
    Status.BUSY: (Status.COMPLETED, Status.FAILED, Status.PENDING, Status.HELD),
    Status.FAILED: (Status.PENDING, Status.COMPLETED, Status.CANCELLED),
    Status.COMPLETED: (),
    Status.CANCELLED: (),
}


class Action(TextChoices):
    """What a person or a client may ask of an order."""

    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"


ALLOWED_ACTIONS: dict[Status, tuple[Action, ...]] = {
    Status.PENDING: (Action.CANCEL, Action.HOLD),
    Status.HELD: (Action.CANCEL, Action.RELEASE),
    Status.BUSY: (),
    Status.FAILED: (Action.CANCEL, Action.RETRY),
    Status.COMPLETED: (),
    Status.CANCELLED: (),
}


class Scope(TextChoices):
    """What an API key may do."""

    CLAIMS_CREATE = "claims:create"
    REWARDS_GIVE = "rewards:give"
    WITHDRAWALS_CREATE = "withdrawals:create"
    STAKES_CREATE = "stakes:create"
    MINTS_CREATE = "mints:create"
    ORDERS_READ = "orders:read"
    ORDERS_OPERATE = "orders:operate"
    WALLETS_READ = "wallets:read"


class Part(TextChoices):
    """What must be alive in a running `manage.py work`.

    PULSE  looks for wallets with work.
    GUARD  django-q2's sentinel, which starts scheduled tasks and watches those below.
    TASKS  the way of a task: taken from the broker, done by a worker, its result put away.
    STREAM takes orders out of a Redis stream; only where one is configured.
    """

    PULSE = "pulse"
    GUARD = "guard"
    TASKS = "tasks"
    STREAM = "stream"
