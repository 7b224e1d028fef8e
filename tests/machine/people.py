"""The rules of clients and staff: orders come, and people click whatever they can click, at any moment."""

from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from chain import maintenance, steering
from chain.models import Network, Transaction, Wallet
from claims.models import Reward
from look.staff_actions import Refused
from orders import actions
from orders.admin import groups
from orders.states import ALLOWED_ACTIONS, Action, Status
from tests.machine.actors import Mishap
from tests.machine.base import Base, numbers, slips
from tests.machine.contracts import BADGE, COIN, OPEN_BADGE, POOL, TOKEN, Mood
from tests.machine.stage import BROWSER
from tests.machine.truth import Seen, hold, orders
from tests.machine.world import Wish, save_as_admin
from tests.model_chain import GWEI
from withdrawals.models import Pool

STAFF, OTHER = "staff:ana", "staff:bob"
MOST = 20  # orders; more make an example longer and no richer
things = st.sampled_from([BADGE, OPEN_BADGE, COIN, TOKEN, POOL])
claims = st.sampled_from([OPEN_BADGE, OPEN_BADGE, BADGE])
like = st.none() | numbers
ACT = {Action.CANCEL: actions.cancel, Action.RELEASE: actions.release, Action.RETRY: actions.retry}


class People(Base):
    @initialize(
        wanted=st.lists(things, min_size=2, max_size=8), finalized_tag=st.booleans(),
        simulates=st.sampled_from([True, True, False]), confirmations=st.sampled_from([3, 2, 4, 1]),
    )  # fmt: skip
    def opens(self, wanted: list[str], finalized_tag: bool, simulates: bool, confirmations: int) -> None:
        """Some orders are there, and somebody has opened the forms, which show what is there now."""
        self.begin(finalized_tag=finalized_tag, simulates=simulates, confirmations=confirmations)
        for thing in wanted:
            self.orders_something(thing=thing, amount=1, like=None, hold=False, mishap=None)
        self.forms = self.wallet(), Network.objects.get(pk=self.world.network)

    # -- clients ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.world.wishes) < MOST)
    @rule(
        thing=things,
        amount=st.integers(1, 3),
        like=like,
        hold=st.sampled_from([False, False, True]),
        mishap=slips,
    )
    def orders_something(self, thing: str, amount: int, like: int | None, hold: bool, mishap: Mishap | None) -> None:
        """For somebody new, or for whom an earlier order was."""
        world = self.world
        number = len(world.wishes) + 1
        before = world.wishes[like % len(world.wishes)].body["recipient"] if like is not None and world.wishes else None
        body = {"recipient": before or f"0x{number:040x}".replace("0x00", "0x5a"), "hold": hold}
        claims = thing in (BADGE, OPEN_BADGE)
        path = f"/api/v1/rewards/{world.groups[thing]}/claim" if claims else "/api/v1/withdrawals"
        body |= {"quantity": amount} if claims else {"pool": str(world.groups[thing]), "amount": str(1000 * amount)}
        wish = Wish(path, body, f"key-{number}")
        world.wishes.append(wish)
        self._post(wish, mishap)

    @precondition(lambda self: len(self.world.wishes) < MOST)
    @rule(thing=things, number=st.integers(2, 5))
    def orders_several(self, thing: str, number: int) -> None:
        for _ in range(number):
            self.orders_something(thing=thing, amount=1, like=None, hold=False, mishap=None)

    @precondition(lambda self: len(self.world.wishes) < MOST)
    @rule(number=st.integers(2, 3), mood=st.sampled_from([Mood.TURNS, Mood.SILENT, Mood.REFUSES]), thing=claims)
    def orders_several_and_one_goes_wrong(self, number: int, mood: Mood, thing: str) -> None:
        """Of a batch; in one of them all go wrong with it."""
        self.orders_several(thing=thing, number=number)
        if found := orders():
            self.world.chain.code.moods[found[-1].recipient] = mood

    @precondition(lambda self: self.world.wishes)
    @rule(which=numbers, mishap=slips)
    def asks_again(self, which: int, mishap: Mishap | None) -> None:
        """The same request with the same key, whatever came of the first."""
        self._post(self.world.wishes[which % len(self.world.wishes)], mishap)

    def _post(self, wish: Wish, mishap: Mishap | None) -> None:
        response = self.as_people(lambda: self._ask(wish), mishap)
        if response is None:
            return  # no answer: the client does not know
        answer = response.json()
        if response.status_code == 202:
            hold(wish.order in ("", answer["id"]), f"one key, two orders: {wish.order} and {answer['id']}")
            wish.order = answer["id"]
        else:
            hold(mishap and response.status_code >= 500, f"{wish} was answered {response.status_code}: {answer}")

    def _ask(self, wish: Wish) -> Any:
        headers = {**self.world.headers, "Idempotency-Key": wish.key}
        return BROWSER.post(wish.path, cast(Any, wish.body), headers=headers, content_type="application/json")

    # -- orders ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.truth.seen)
    @rule(which=numbers, action=st.sampled_from([*ACT]), any_order=st.booleans(), mishap=slips)
    def clicks(self, which: int, action: Action, any_order: bool, mishap: Mishap | None) -> None:
        """A button that the page shows, or one that it showed a while ago."""
        seen = self.world.truth.seen
        fitting = [order for order in seen if any_order or action in ALLOWED_ACTIONS[Status(order.status)]] or seen
        self.as_people(lambda: self._act(action, fitting[which % len(fitting)].id), mishap)

    @precondition(lambda self: self.world.wishes)
    @rule(which=numbers, seconds=st.sampled_from([None, 20, 300]), mishap=slips)
    def holds(self, which: int, seconds: int | None, mishap: Mishap | None) -> None:
        self.held_until = self.held_until or seconds is not None
        until = timezone.now() + timedelta(seconds=seconds) if seconds else None
        if found := self.world.orders():
            self.as_people(lambda: self._act(Action.HOLD, found[which % len(found)], until=until), mishap)

    @precondition(lambda self: self.stuck())
    @rule(which=numbers, mishap=slips)
    def two_release_an_order(self, which: int, mishap: Mishap | None) -> None:
        """Whose evidence may conflict; they have looked, and let go only what the chain has not paid."""
        found = self.stuck()
        order = found[which % len(found)]
        if self.world.truth.owed(order) or self.world.truth.rewritten:
            self.as_people(lambda: self._ask_to_release(order.id))
            self.as_people(lambda: self._confirm_release(order.id), mishap)

    def stuck(self) -> list[Seen]:
        """What waits for people, whether for one or for two of them."""
        return [order for order in self.world.truth.seen if order.status in (Status.HELD, Status.FAILED)]

    def _ask_to_release(self, order: UUID) -> None:
        with suppress(actions.NotAllowed):
            actions.ask_to_release(order, actor=STAFF, reason="because")

    def _confirm_release(self, order: UUID) -> None:
        with suppress(actions.NotAllowed):
            actions.confirm_release(order, actor=OTHER, reason="because")

    def _act(self, action: Action, order: Any, **more: Any) -> None:
        act = actions.hold if action == Action.HOLD else ACT[action]
        with suppress(actions.NotAllowed):
            cast(Any, act)(order, actor=STAFF, reason="because", **more)

    # -- transactions, wallets, groups -----------------------------------------------------------------------------

    @precondition(lambda self: self.world.truth.signed)
    @rule(which=numbers, mishap=slips)
    def wants_a_transaction_cancelled(self, which: int, mishap: Mishap | None) -> None:
        found = list(Transaction.objects.open().order_by("nonce"))
        if found:
            job = lambda: steering.ask_to_cancel(found[which % len(found)], by=STAFF, reason="because")  # noqa: E731
            self.as_people(job, mishap)

    @rule(mishap=slips)
    def pauses(self, mishap: Mishap | None) -> None:
        self.as_people(lambda: steering.pause(self.wallet(), by=STAFF, reason="because"), mishap)

    @precondition(lambda self: self.world.truth.was_closed)
    @rule(mishap=slips)
    def resumes(self, mishap: Mishap | None) -> None:
        self.world.truth.was_closed = False
        self.as_people(lambda: steering.resume(self.wallet(), by=STAFF, reason="because"), mishap)

    @rule(thing=things, mishap=slips)
    def stops(self, thing: str, mishap: Mishap | None) -> None:
        self.as_people(lambda: self._group(groups.stop, thing), mishap)

    @precondition(lambda self: self.world.truth.stopped)
    @rule(mishap=slips)
    def sets_going(self, mishap: Mishap | None) -> None:
        for thing in self.world.groups:
            self.as_people(lambda thing=thing: self._group(groups.resume, thing), mishap)  # type: ignore[misc]

    def _group(self, act: Any, thing: str) -> None:
        model = Reward if thing in (BADGE, OPEN_BADGE) else Pool
        row = model.objects.get(pk=self.world.groups[thing])
        request = SimpleNamespace(user=SimpleNamespace(get_username=lambda: "ana"))
        with suppress(Refused):
            act(request, row, {"reason": "because"})

    def wallet(self) -> Wallet:
        return Wallet.objects.get(pk=self.world.wallet)

    @precondition(lambda self: self.world.truth.was_closed)
    @rule(mishap=slips)
    def two_release_the_wallet(self, mishap: Mishap | None) -> None:
        """One asks, another agrees; they are refused while what was spent elsewhere is not final."""
        self.as_people(self._ask_for_wallet, mishap)
        self.as_people(self._agree)
        self.world.truth.was_closed = False

    def _ask_for_wallet(self) -> None:
        with suppress(steering.NotSettled):
            steering.ask_for_release(self.wallet(), by=STAFF, reason="because")

    def _agree(self) -> None:
        wallet = self.wallet()
        if wallet.release_nonce is not None:
            with suppress(steering.NotSettled):
                steering.release(wallet, by=OTHER, asked_by=wallet.release_asked_by, nonce=wallet.release_nonce)

    @rule(mishap=slips)
    def maintenance_begins(self, mishap: Mishap | None) -> None:
        self.as_people(lambda: maintenance.begin("because", by=STAFF), mishap)

    @precondition(lambda self: self.world.truth.was_closed)
    @rule(mishap=slips)
    def maintenance_ends(self, mishap: Mishap | None) -> None:
        self.world.truth.was_closed = False
        self.as_people(lambda: maintenance.end(by=STAFF, reason="because"), mishap)

    # -- settings --------------------------------------------------------------------------------------------------

    @rule(most=st.integers(1, 4), stale=st.booleans(), mishap=slips)
    def saves_the_wallet(self, most: int, stale: bool, mishap: Mishap | None) -> None:
        """In a form that was opened now, or in one that has been open since the beginning."""
        row = self.forms[0] if stale else self.wallet()
        self.as_people(lambda: save_as_admin(row, max_in_flight=most), mishap)

    @rule(
        change=st.one_of(
            st.sampled_from([2, 50, 100, 100, 2000]).map(lambda gwei: ("gas_ceiling", gwei * GWEI)),
            st.integers(1, 5).map(lambda number: ("confirmations", number)),
            st.sampled_from([10, 60, 600]).map(lambda seconds: ("bump_after", seconds)),
        ),
        stale=st.booleans(),
        mishap=slips,
    )
    def saves_the_network(self, change: tuple[str, int], stale: bool, mishap: Mishap | None) -> None:
        name, value = change
        if name == "gas_ceiling":
            self.ceilings.append(value)
        row = self.forms[1] if stale else Network.objects.get(pk=self.world.network)
        self.as_people(lambda: save_as_admin(row, **{name: value}), mishap)
        self.ceilings.append(int(Network.objects.values_list("gas_ceiling", flat=True).get(pk=self.world.network) or 0))
        self.world.raise_floor()
