"""What an audit can find about orders, beside what `chain.findings` has."""

from django.db.models import TextChoices

from chain.findings import ChainCode


class OrderCode(TextChoices):
    """`docs/audit.md` says of each what it means and what to do; a test compares the two."""

    PAID_WITHOUT_ORDER = "paid_without_order", "paid by a wallet of ours, and no order asked for it"
    PAID_BY_OTHERS = "paid_by_others", "somebody else pays from a contract that only we should"
    PAID_NOT_COMPLETED = "paid_not_completed", "an order that is not completed has been paid"
    PAID_TWICE = "paid_twice", "an order has been paid more than once"
    NOT_PAID = "not_paid", "a completed order has no payment on the chain"
    WRONG_AMOUNT = "wrong_amount", "another amount was paid than was ordered"
    WRONG_RECIPIENT = "wrong_recipient", "somebody else was paid"
    WRONG_TOKEN = "wrong_token", "another token was given than is stored"
    TRANSACTION_WITHOUT_ORDER = "transaction_without_order", "a transaction of ours that no order asked for"
    COMPLETED_WITHOUT_PROOF = "completed_without_proof", "completed without a final, successful transaction"
    TWO_TRANSACTIONS = "two_transactions", "an order left a transaction that may still pay it"
    NOT_SETTLED = "not_settled", "busy, though its transaction is final"
    HISTORY_DIFFERS = "history_differs", "the status is not what the history says"
    BOUND_TOO_EARLY = "bound_too_early", "signed before the groundwork of its group was done"
    DETAILS_MISSING = "details_missing", "an order without what was ordered"


CODES = [*ChainCode.choices, *OrderCode.choices]
