"""How withdrawals become calls, and how a receipt's events settle them."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from chain.calls import ZERO_ADDRESS, Call, Signature, decode
from chain.events import Emitted, Log, TokenTransfer, erc20_topics, erc20_transfers, logs_of
from chain.events import decode as decode_event
from chain.reverts import explain
from orders.payments import Owed, Payment, Source, Step
from orders.queue import Batch, Question, Queue, Verdict, paid_question
from orders.states import Kind, Reason, Status
from withdrawals.models import Pool, PoolKind, Withdrawal

# The asset pool of the system this one replaces.
PROPOSE = Signature.parse("proposeWithdraw(uint256 amount, address beneficiary)")
FINALIZE = Signature.parse("withdrawPollFinalize(uint256 id)")
POLL_CREATED = Signature.parse("WithdrawPollCreated(uint256 id, uint256 member)")
WITHDRAWN = Signature.parse("Withdrawn(uint256 id, address member, uint256 amount)")
# ERC-20, and its shortages: ERC-6093's error, and the sentences of tokens before it.
TRANSFER = Signature.parse("transfer(address to, uint256 amount)")
OWNED = Signature.parse("balanceOf(address owner)")
INSUFFICIENT_BALANCE = Signature.parse("ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)")
SHORT_OF_TOKEN = ("transfer amount exceeds balance", "insufficient balance")


def batch(withdrawals: Sequence[Withdrawal]) -> Batch:
    """One call, and so one transaction, each."""
    pool = withdrawals[0].pool
    calls = [_CALLS[PoolKind(pool.kind)](pool, withdrawal) for withdrawal in withdrawals]
    return Batch(withdrawals, calls, errors=pool.error_signatures, lack=partial(_lack, pool))


def read(withdrawals: Sequence[Withdrawal], logs: Sequence[Log]) -> list[Verdict]:
    return _READERS[PoolKind(withdrawals[0].pool.kind)](withdrawals, logs)


# -- calls -------------------------------------------------------------------------------------------------------------


def _pool_call(pool: Pool, withdrawal: Withdrawal) -> Call:
    if withdrawal.withdrawal_id is not None:
        return Call(pool.contract, FINALIZE.encode([withdrawal.withdrawal_id]))
    return Call(pool.contract, PROPOSE.encode([withdrawal.amount, withdrawal.recipient]))


def _transfer_call(pool: Pool, withdrawal: Withdrawal) -> Call:
    return Call(pool.token, TRANSFER.encode([withdrawal.recipient, withdrawal.amount]))


def _native_call(pool: Pool, withdrawal: Withdrawal) -> Call:
    return Call(withdrawal.recipient, b"", value=withdrawal.amount)


def _lack(pool: Pool, data: bytes) -> str | None:
    """A wallet or pool short of the token is our lack: the withdrawal waits for the money and does not fail."""
    if pool.kind == PoolKind.NATIVE:
        return None
    payer, name = (pool.contract, pool.name) if pool.kind == PoolKind.ASSET_POOL else (pool.wallet.address, pool.wallet.name)
    if data[:4] == INSUFFICIENT_BALANCE.selector:
        sender, balance, needed = decode(INSUFFICIENT_BALANCE.types, data[4:])
        return f"{name} has {balance} of the {needed} base units of {pool.token or 'its token'}" if sender == payer else None
    said = explain(data).lower()
    return f"{name} is short of {pool.token or 'its token'}" if any(words in said for words in SHORT_OF_TOKEN) else None


# -- events ------------------------------------------------------------------------------------------------------------


def _read_asset_pool(withdrawals: Sequence[Withdrawal], logs: Sequence[Log]) -> list[Verdict]:
    ours = logs_of(withdrawals[0].pool.contract, logs)
    created = deque(values for log in ours if (values := decode_event(POLL_CREATED, log)))
    withdrawn = {values["id"]: values for log in ours if (values := decode_event(WITHDRAWN, log))}
    return [_asset_pool_verdict(withdrawal, created, withdrawn) for withdrawal in withdrawals]


def _asset_pool_verdict(
    withdrawal: Withdrawal, created: "deque[dict[str, int]]", withdrawn: "dict[int, dict[str, object]]"
) -> Verdict:
    if withdrawal.withdrawal_id is None:
        if not created:
            return _review(withdrawal, "no WithdrawPollCreated was emitted")
        facts = {"withdrawal_id": created.popleft()["id"]}
        if withdrawal.pool.finalize:
            note = f"Proposed as poll {facts['withdrawal_id']}; to be finalized."
            return Verdict(withdrawal.pk, Status.PENDING, Reason.NEXT_STEP, note, facts)
        return Verdict(withdrawal.pk, Status.COMPLETED, facts=facts)
    paid = withdrawn.get(withdrawal.withdrawal_id)
    if paid is None:
        return _review(withdrawal, f"poll {withdrawal.withdrawal_id} was finalized without Withdrawn")
    if (paid["member"], paid["amount"]) != (withdrawal.recipient, withdrawal.amount):
        return _review(withdrawal, f"the pool paid {paid['amount']} to {paid['member']}")
    return Verdict(withdrawal.pk, Status.COMPLETED, facts={"paid_amount": withdrawal.amount})


def _read_erc20(withdrawals: Sequence[Withdrawal], logs: Sequence[Log]) -> list[Verdict]:
    pool = withdrawals[0].pool
    received: dict[str, deque[TokenTransfer]] = defaultdict(deque)
    for transfer in erc20_transfers(logs, pool.token):
        if transfer.sender == pool.wallet.address:
            received[transfer.recipient].append(transfer)
    return [_erc20_verdict(withdrawal, received[withdrawal.recipient]) for withdrawal in withdrawals]


def _erc20_verdict(withdrawal: Withdrawal, received: "deque[TokenTransfer]") -> Verdict:
    if not received:
        return _review(withdrawal, "no Transfer to the recipient was emitted")
    transfer = received.popleft()
    facts = {"paid_amount": transfer.amount}
    if transfer.amount != withdrawal.amount:
        note = f"{transfer.amount} arrived instead of {withdrawal.amount} base units"
        return Verdict(withdrawal.pk, Status.HELD, Reason.REVIEW, f"{note}.", facts)
    return Verdict(withdrawal.pk, Status.COMPLETED, facts=facts)


def _read_native(withdrawals: Sequence[Withdrawal], logs: Sequence[Log]) -> list[Verdict]:
    """A coin transfer has no event: that its own transaction, with this value to this recipient, succeeded is the proof."""
    return [Verdict(w.pk, Status.COMPLETED, facts={"paid_amount": w.amount}) for w in withdrawals]


# -- the other way: what the chain shows of payments -------------------------------------------------------------------


def source(pool: Pool, recipient: str | None = None) -> Source:
    """What leaves the wallet (ERC-20), what the asset pool proposes and pays, or, for native coin, no event."""
    match pool.kind:
        case PoolKind.ASSET_POOL:
            return Source(pool.contract, ((POLL_CREATED.topic, WITHDRAWN.topic),), partial(_pool_payments, pool))
        case PoolKind.ERC20:
            return Source(pool.token, erc20_topics(pool.wallet.address, recipient), partial(_token_payments, pool))
        case _:
            return Source("", (), lambda _: [])


def owed(withdrawal: Withdrawal) -> Owed:
    pool, poll = withdrawal.pool, withdrawal.withdrawal_id
    if pool.kind == PoolKind.ASSET_POOL:
        polls = None if poll is None else (poll,)
        return Owed(pool.contract, withdrawal.recipient, withdrawal.amount, polls, _steps(withdrawal))
    return Owed(pool.token, withdrawal.recipient, withdrawal.amount)


def _steps(withdrawal: Withdrawal) -> tuple[Step, ...]:
    """A completed one keeps what it came to, also when its pool is told to finalize, or not to, later on."""
    completed = withdrawal.order.status == Status.COMPLETED
    pays = withdrawal.paid_amount is not None if completed else withdrawal.pool.finalize
    return (Step.PROPOSED, Step.PAID) if pays else (Step.PROPOSED,)


def named(payments: Sequence[Payment]) -> dict[tuple[str, int], Withdrawal]:
    """Withdrawals by their poll, whoever has finalized it."""
    at = [each for each in payments if each.token_id is not None]
    contracts, polls = {each.contract for each in at}, {each.token_id for each in at}
    found = Withdrawal.objects.filter(pool__kind=PoolKind.ASSET_POOL, pool__contract__in=contracts, withdrawal_id__in=polls)
    rows = found.select_related("order", "pool__wallet")
    return {(each.pool.contract, each.withdrawal_id): each for each in rows if each.withdrawal_id is not None}


def questions(withdrawal: Withdrawal) -> list[Question]:
    """The recipient's balance of the token, which alone proves nothing; and what the pool's contract says, if so configured."""
    pool, recipient = withdrawal.pool, withdrawal.recipient
    known = {
        "recipient": recipient, "amount": withdrawal.amount, "token_id": withdrawal.withdrawal_id, "order_id": withdrawal.pk,
    }  # fmt: skip
    deciding = paid_question(pool.contract, pool.paid_view, pool.paid_view_arguments, known)
    return [Question("owned", Call(pool.token, OWNED.encode([recipient]))), *deciding] if pool.token else deciding


def _pool_payments(pool: Pool, emitted: Sequence[Emitted]) -> list[Payment]:
    return [payment for each in emitted if logs_of(pool.contract, [each.log]) for payment in _pool_payment(pool, each)]


def _pool_payment(pool: Pool, each: Emitted) -> Iterator[Payment]:
    at = pool.contract, each.tx_hash, each.block_number
    if created := decode_event(POLL_CREATED, each.log):
        yield Payment(Step.PROPOSED, *at, "", None, created["id"], each.log.index)
    elif paid := decode_event(WITHDRAWN, each.log):
        yield Payment(Step.PAID, *at, paid["member"], paid["amount"], paid["id"], each.log.index)


def _token_payments(pool: Pool, emitted: Sequence[Emitted]) -> list[Payment]:
    return [
        Payment(Step.PAID, pool.token, each.tx_hash, each.block_number, paid.recipient, paid.amount, log_index=paid.log_index)
        for each in emitted
        for paid in erc20_transfers([each.log], pool.token)
        if paid.sender == pool.wallet.address and paid.recipient != ZERO_ADDRESS  # a burn pays nobody
    ]


def _review(withdrawal: Withdrawal, what: str) -> Verdict:
    return Verdict(withdrawal.pk, Status.HELD, Reason.REVIEW, f"The transaction succeeds, but {what}.")


_CALLS: dict[PoolKind, Callable[[Pool, Withdrawal], Call]] = {
    PoolKind.ASSET_POOL: _pool_call,
    PoolKind.ERC20: _transfer_call,
    PoolKind.NATIVE: _native_call,
}
_READERS: dict[PoolKind, Callable[[Sequence[Withdrawal], Sequence[Log]], list[Verdict]]] = {
    PoolKind.ASSET_POOL: _read_asset_pool,
    PoolKind.ERC20: _read_erc20,
    PoolKind.NATIVE: _read_native,
}

QUEUE = Queue(Kind.WITHDRAWAL, Withdrawal, "pool", "pool__wallet", lambda _: 1, batch, read, source, owed, named, questions)
