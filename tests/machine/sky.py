"""The rules of everything outside: blocks, reorganisations, prices, money, contracts, nodes, time."""

from django.db.models import Exists, OuterRef
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.models import Event
from orders.states import Status
from tests.machine.base import Base, numbers
from tests.machine.contracts import BADGE, OPEN_BADGE, POOL, TOKEN, Mood
from tests.machine.nodes import BEFALLS, SEND, Fault
from tests.model_chain import GWEI

moods = st.sampled_from(Mood)
faults = st.sampled_from([*BEFALLS, SEND, SEND]).flatmap(
    lambda method: st.tuples(st.just(method), st.sampled_from(BEFALLS[method]))
)


STAYED = (Status.FAILED, Status.HELD)


class Sky(Base):
    is_dry = False

    # -- blocks ----------------------------------------------------------------------------------------------------

    @rule(blocks=st.integers(1, 4), most=st.sampled_from([0, 1, 2, 100, 100]))
    def mines(self, blocks: int, most: int) -> None:
        for _ in range(blocks):
            self.world.chain.mine_some(most)
        self.world.raise_floor()

    @precondition(lambda self: self.world.chain.head > self.world.final_floor)
    @rule(depth=st.integers(1, 5), back=st.booleans(), mood=st.sampled_from([None, None, Mood.TURNS, Mood.REFUSES]))
    def reorganises(self, depth: int, back: bool, mood: Mood | None) -> None:
        """Less deep than finality; what left may be in the pool again, and an item of it may fail the second time."""
        chain = self.world.chain
        depth = min(depth, chain.head - self.world.final_floor)
        left = [tx for tx, _, block in chain.mined() if block.number > chain.head - depth]
        hashes = {tx.hash for tx in left}
        payments = [payment for payment in chain.now.payments if payment.tx_hash in hashes]
        chain.reorg(depth)
        if back:
            chain.put_back(left)
        if mood and payments:
            chain.code.moods[payments[0].recipient] = mood
        self.world.raise_floor()

    @precondition(lambda self: self.world.truth.signed)
    @rule(ahead=st.integers(0, 1))
    def a_stranger_has_our_key(self, ahead: int) -> None:
        """It takes the next nonce on the chain, or waits until all of ours are mined and takes one that we never signed."""
        if ahead:
            self.world.chain.mine()
        self.world.chain.steal_nonce(self.world.address)
        self.world.raise_floor()

    @precondition(lambda self: any(order.reason in ("review", "not_paid", "reverted") for order in self.world.truth.seen))
    @rule(which=numbers)
    def is_rewritten(self, which: int) -> None:
        """A reorganisation deeper than finality, after which what had failed in a final block goes well.

        Only where what failed has not gone again since: a chain that takes back its finality makes anybody pay twice.
        """
        chain = self.world.chain
        hashes = {order.mined_hash for order in self.world.truth.seen if order.mined_hash and order.status in STAYED}
        heights = [block.number for tx, _, block in chain.mined() if tx.hash in hashes]
        if not heights:
            return
        first = heights[which % len(heights)]
        left = [tx.hash for tx, _, block in chain.mined() if block.number >= first]
        let_go = Event.objects.filter(transaction__mined_hash__in=left, from_status=Status.BUSY).exclude(
            to_status=Status.COMPLETED
        )
        bound_again = Event.objects.filter(order=OuterRef("order"), to_status=Status.BUSY, id__gt=OuterRef("id"))
        if let_go.exclude(order__status__in=STAYED).exists() or let_go.filter(Exists(bound_again)).exists():
            return
        self.world.truth.rewritten = True
        chain.code.moods.clear()
        chain.rewrite(chain.head - first + 1)
        self.world.final_floor = chain.head  # and there they stay

    @precondition(lambda self: self.world.chain.pool)
    @rule(which=numbers)
    def evicts(self, which: int) -> None:
        pool = sorted(self.world.chain.pool.values(), key=lambda tx: tx.nonce)
        self.world.chain.drop(pool[which % len(pool)].hash)

    # -- prices and money ------------------------------------------------------------------------------------------

    @rule(base=st.sampled_from([1, 20, 60, 90, 150, 900]), tip=st.sampled_from([1, 2, 10, 60]))
    def prices_move(self, base: int, tip: int) -> None:
        self.world.chain.base_fee, self.world.chain.tip = base * GWEI, tip * GWEI

    @precondition(lambda self: self.world.chain.base_fee > GWEI)
    @rule()
    def prices_fall(self) -> None:
        self.world.chain.base_fee = self.world.chain.tip = GWEI

    @rule(coin=st.sampled_from([None, 0, 10**15, 2 * 10**16]), tokens=st.sampled_from([None, 0, 1000]), from_pool=st.booleans())
    def money_runs_dry(self, coin: int | None, tokens: int | None, from_pool: bool) -> None:
        if coin is not None:
            self.world.chain.give_coin(self.world.address, coin)
        if tokens is not None:
            self.world.chain.give_token(POOL if from_pool else self.world.address, tokens)
        self.is_dry = True

    @precondition(lambda self: self.is_dry)
    @rule()
    def money_comes(self) -> None:
        self.world.top_up()
        self.is_dry = False

    # -- contracts -------------------------------------------------------------------------------------------------

    @rule(contract=st.sampled_from([None, None, None, BADGE, OPEN_BADGE, TOKEN, POOL]), which=numbers, mood=moods)
    def a_contract_has_a_mood(self, contract: str | None, which: int, mood: Mood) -> None:
        """Towards everybody, or towards one of the recipients."""
        found = self.world.truth.seen
        if contract or found:
            self.world.chain.code.moods[contract or found[-1 - which % len(found)].recipient] = mood

    @precondition(lambda self: self.world.chain.code.moods)
    @rule()
    def contracts_behave(self) -> None:
        self.world.chain.code.moods.clear()

    # -- nodes -----------------------------------------------------------------------------------------------------

    @rule(numbers=st.sampled_from([(0,), (1,), (2,), (0, 1), (0, 1, 2)]), fault=faults | st.integers(0, 3))
    def nodes_err(self, numbers: tuple[int, ...], fault: tuple[str, Fault] | int) -> None:
        """In what they answer, or by seeing no block any more from so many below the head on."""
        for number in numbers:
            node = self.world.nodes[number]
            if isinstance(fault, int):
                node.get_stuck(fault)
            else:
                node.faults[fault[0]] = fault[1]

    @precondition(lambda self: any(node.is_ill for node in self.world.nodes))
    @rule()
    def all_nodes_heal(self) -> None:
        for node in self.world.nodes:
            node.heal()

    @precondition(lambda self: any(node.late for node in self.world.nodes))
    @rule()
    def late_requests_arrive(self) -> None:
        for node in self.world.nodes:
            node.late_ones_arrive()

    # -- time ------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 10, 30, 70, 70, 400]))
    def time_passes(self, seconds: int) -> None:
        self.let_pass(seconds)
