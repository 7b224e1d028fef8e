"""How stakes become calls, and how a receipt's events settle them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from chain.calls import CodecError, Signature
from chain.events import Emitted, Log, Topics, topic_of
from chain.reverts import explain
from orders.payments import Owed, Payment, Source, Step
from orders.queue import Batch, Question, Queue, Verdict, paid_question
from orders.states import Kind, Status
from orders.together import aggregate, unproven
from stakes.models import Stake, StakeAction, StakingContract
from stakes.recipes import Recipe
from stakes.twins import earlier

# What is in the way of everybody: OpenZeppelin's errors, and the sentence of the versions before them.
PAUSED = Signature.parse("EnforcedPause()")
PAUSED_WORDS = "Pausable: paused"
UNAUTHORIZED = (
    Signature.parse("AccessControlUnauthorizedAccount(address account, bytes32 neededRole)"),
    Signature.parse("OwnableUnauthorizedAccount(address account)"),
)
MOVED = 1  # what a payment amounts to whose event tells no amount


def size(stake: Stake) -> int:
    return stake.staking.batch_size


def batch(stakes: Sequence[Stake]) -> Batch:
    """The calls of these stakes on one contract: anybody may submit what a user has signed. Raises ChainError."""
    staking = stakes[0].staking
    calls = [staking.recipe(stake.action).call(stake.fields) for stake in stakes]
    whole = Batch(
        stakes, calls, errors=staking.error_signatures, fault=partial(_fault, staking), obstacle=partial(_obstacle, staking)
    )
    if staking.batch_size == 1:
        return whole
    join = aggregate(staking.network.multicall3, calls)
    return replace(whole, combine=join, rehearse=partial(join, allow_failure=False))


def _fault(staking: StakingContract, data: bytes) -> bool:
    said = explain(data, staking.error_signatures)
    return any(words in said for words in staking.permanent)


def _obstacle(staking: StakingContract, data: bytes) -> bool:
    """The contract is paused, or refuses whoever submits."""
    if data[:4] == PAUSED.selector or PAUSED_WORDS in explain(data):
        return True
    known = next((error for error in UNAUTHORIZED if error.selector == data[:4]), None)
    try:
        return known is not None and known.decode(data)[0] in (staking.wallet.address, staking.network.multicall3)
    except CodecError:
        return False


def read(stakes: Sequence[Stake], logs: Sequence[Log]) -> list[Verdict]:
    """Give each stake an event that says what it must say. Each event counts once."""
    recipes = _recipes(stakes[0].staking)
    said = Counter((action, words) for action, recipe in recipes.items() for log in logs if (words := recipe.said(log)))
    keys = [(stake.action, recipes[stake.action].claimed(stake.fields)) for stake in stakes]
    wanted = Counter(keys)
    proven = [said[key] >= wanted[key] for key in keys]  # of several that look alike all or none: nobody guesses which
    left_over = said - Counter(key for key, mine in zip(keys, proven, strict=True) if mine)
    return [
        Verdict(stake.pk, Status.COMPLETED) if mine else _unproven(stake, proven=any(proven), left_over=bool(left_over))
        for stake, mine in zip(stakes, proven, strict=True)
    ]


def _recipes(staking: StakingContract) -> dict[str, Recipe]:
    return {action.value: staking.recipe(action) for action in StakeAction}


def _unproven(stake: Stake, *, proven: bool, left_over: bool) -> Verdict:
    what = f"no event proves the {stake.action} of {stake.owner}"
    return unproven(stake.pk, what, alone_may_fail=stake.staking.batch_size > 1, proven=proven, left_over=left_over)


# -- the other way: what the chain shows of stakes -----------------------------------------------------------------------


def source(staking: StakingContract, owner: str | None = None) -> Source:
    """Both events, whoever has submitted what an owner signed."""
    recipes = _recipes(staking)
    emitter = staking.emitter or staking.contract
    return Source(emitter, _topics(recipes, owner), partial(_payments, recipes), guarded=False)


def _topics(recipes: Mapping[str, Recipe], owner: str | None) -> Topics:
    """Narrowed to an owner where both events have him in the same topic."""
    first = tuple(sorted({recipe.event.topic for recipe in recipes.values()}))
    places = {_owner_topic(recipe) for recipe in recipes.values()}
    place = places.pop() if len(places) == 1 else None
    if owner is None or place is None:
        return (first,)
    return (first, *[None] * place, topic_of(owner))


def _owner_topic(recipe: Recipe) -> int | None:
    """How many indexed parameters stand before the owner; None where he is not indexed."""
    at = recipe.owner_at
    return sum(recipe.event.indexed[:at]) if recipe.event.indexed[at] else None


def owed(stake: Stake) -> Owed:
    staking = stake.staking
    recipe = staking.recipe(stake.action)
    by_id = recipe.proves("signature_id")
    amount = stake.amount if recipe.proves("amount") and stake.amount else MOVED
    ids = (int(stake.signature_word, 16),) if by_id else None
    return Owed(staking.emitter or staking.contract, stake.owner, amount, ids, named=by_id)


def _payments(recipes: Mapping[str, Recipe], emitted: Sequence[Emitted]) -> list[Payment]:
    return [payment for each in emitted for recipe in recipes.values() for payment in _payment(recipe, each)]


def _payment(recipe: Recipe, each: Emitted) -> Iterator[Payment]:
    words = recipe.said(each.log)
    if words is not None:
        says = dict(zip(recipe.proof.values(), words, strict=True))
        word = says.get("signature_id")
        yield Payment(
            Step.PAID, recipe.emitter, each.tx_hash, each.block_number, says["owner"], says.get("amount", MOVED),
            None if word is None else int(word, 16), each.log.index,
        )  # fmt: skip


def named(payments: Sequence[Payment]) -> dict[tuple[str, int], Stake]:
    """Stakes by the signature id that an event carries, whoever has submitted it."""
    ids = {text for each in payments if each.token_id is not None and (text := _text(each.token_id))}
    rows = Stake.objects.filter(signature_id__in=ids).select_related("order", "staking__wallet")
    return {(stake.staking.emitter or stake.staking.contract, int(stake.signature_word, 16)): stake for stake in rows}


def _text(word: int) -> str:
    """The signature id that a bytes32 is; empty where it is none that was ever taken, as anybody may emit any."""
    try:
        text = word.to_bytes(32).rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def questions(stake: Stake) -> list[Question]:
    """What the contract itself says of the signature, where that is configured. Raises ChainError."""
    staking = stake.staking
    return paid_question(staking.contract, staking.used_view, staking.used_view_arguments, stake.fields)


QUEUE = Queue(
    Kind.STAKE, Stake, "staking", "staking__wallet__network", size, batch, read, source, owed, named, questions,
    earlier=earlier, recipient="owner",
)  # fmt: skip
