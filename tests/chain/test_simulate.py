"""Trying batches out: a real anvil for each form, behind a relay that counts and that can lack a form."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import urllib3

from chain.calls import Call
from chain.errors import RpcError, RpcUnavailable
from chain.evm.node import Node
from chain.evm.simulate import Form, Outcome, Simulation, gas_for, simulate
from chain.strategies import multicall
from local.anvil import Anvil
from tests.chain.rpc_server import Http, Refuse, RpcServer
from tests.contracts.deployed import Deployed, deploy, person

LACKING = Refuse(-32601, "the method eth_simulateV1 does not exist/is not available")
FORMS = pytest.mark.parametrize("form", list(Form))


class Relay(RpcServer):
    """Passes on to the real chain what its script does not answer itself."""

    upstream = ""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["method"] in self.script:
            return super().answer(request)
        found: dict[str, Any] = urllib3.request("POST", self.upstream, json=request).json()
        return found


@pytest.fixture
def relay(chain: Anvil) -> Iterator[Relay]:
    with Relay() as running:
        running.upstream = chain.url
        yield running


@pytest.fixture
def node(relay: Relay) -> Node:
    made = Node([relay.url], 31337)
    made.request("eth_chainId", [])  # the first use of a URL checks the chain
    relay.posts.clear()
    return made


@pytest.fixture
def badge(chain: Anvil) -> Deployed:
    """Once per recipient, one at a time, and for its minter only."""
    minter = chain.request("eth_accounts")[0]
    return deploy(chain.request, "OnceBadge", minter, minter)


def claim(contract: Deployed, number: int, quantity: int = 1) -> Call:
    return Call(contract.address, contract.data("claim", person(number), quantity))


def twenty(badge: Deployed) -> list[Call]:
    """Calls 3 and 19 ask for two, call 11 is for the recipient of call 10."""
    quantities = {3: 2, 19: 2}
    return [claim(badge, 10 if i == 11 else i, quantities.get(i, 1)) for i in range(1, 21)]


def failed(simulation: Simulation) -> list[int]:
    return [i for i, outcome in enumerate(simulation.outcomes, start=1) if not outcome.ok]


# Finding the bad ones


def test_simulate_v1_names_the_bad_calls_in_one_request(node: Node, relay: Relay, badge: Deployed) -> None:
    simulation = simulate(node, badge.sender, twenty(badge))
    assert failed(simulation) == [3, 11, 19]
    assert simulation.outcomes[10].data == badge.error("AlreadyClaimed", person(10))
    assert simulation.form is Form.SIMULATE_V1
    assert len(relay.posts) == 1


def test_override_names_them_in_two_requests(node: Node, relay: Relay, badge: Deployed) -> None:
    simulation = simulate(node, badge.sender, twenty(badge), form=Form.OVERRIDE)
    assert failed(simulation) == [3, 11, 19]
    assert simulation.outcomes[10].data == badge.error("AlreadyClaimed", person(10))
    assert simulation.form is Form.OVERRIDE
    assert len(relay.posts) == 2


def test_singles_name_those_that_fail_alone_in_one_request(node: Node, relay: Relay, badge: Deployed) -> None:
    simulation = simulate(node, badge.sender, twenty(badge), form=Form.SINGLES)
    assert failed(simulation) == [3, 19]
    assert simulation.outcomes[2].data == badge.error("OneOnly", 2)
    assert len(relay.posts) == 1


@pytest.mark.parametrize("kind", ["CUSTOM_ERROR", "TEXT", "PANIC", "EMPTY"])
@FORMS
def test_every_kind_of_revert_keeps_its_data(node: Node, chain: Anvil, form: Form, kind: str) -> None:
    contract = deploy(chain.request, "Reverter")
    number = contract.call(kind)
    good, bad, last = simulate(node, contract.sender, [claim(contract, 1, n) for n in (0, number, 0)], form=form).outcomes
    assert (good.ok, bad.ok, last.ok) == (True, False, True)
    assert bad.data == contract.revert("claim", person(1), number)


@FORMS
def test_the_contract_sees_the_sender(node: Node, badge: Deployed, form: Form) -> None:
    calls = [claim(badge, 1), claim(badge, 2)]
    assert failed(simulate(node, badge.sender, calls, form=form)) == []
    assert failed(simulate(node, person(9), calls, form=form)) == [1, 2]


def test_simulate_v1_tells_gas_and_logs(node: Node, chain: Anvil, badge: Deployed) -> None:
    (outcome,) = simulate(node, badge.sender, [claim(badge, 1)]).outcomes
    receipt = badge.send("claim", person(1), 1)
    assert outcome.gas == int(receipt["gasUsed"], 16)
    assert outcome.logs[0].topics == tuple(receipt["logs"][0]["topics"])


@FORMS
def test_a_call_that_burns_all_gas_leaves_the_others_theirs(node: Node, chain: Anvil, form: Form) -> None:
    burner = deploy(chain.request, "GasBurner")
    burner.send("setTrap", person(2), True)
    calls = [claim(burner, number) for number in (1, 2, 3, 4)]
    assert failed(simulate(node, burner.sender, calls, form=form)) == [2]


def test_a_heavy_call_is_not_blamed_for_its_share(node: Node, relay: Relay, chain: Anvil) -> None:
    burner = deploy(chain.request, "GasBurner")
    burner.send("setGasPerClaim", 3_000_000)
    calls = [claim(burner, 1), *(Call(person(i), b"") for i in range(2, 31))]
    simulation = simulate(node, burner.sender, calls)
    assert failed(simulation) == []
    assert (simulation.outcomes[0].gas or 0) > 3_000_000
    assert len(relay.posts) == 2


def test_value_goes_one_by_one_where_aggregate3_would_lose_it(node: Node, badge: Deployed) -> None:
    calls = [Call(person(1), b"", value=1), Call(badge.address, b"", value=1)]
    simulation = simulate(node, badge.sender, calls, form=Form.OVERRIDE)
    assert failed(simulation) == [2]
    assert simulation.form is Form.OVERRIDE


def test_nothing_to_try_asks_nothing(node: Node, relay: Relay) -> None:
    assert simulate(node, person(1), [], form=Form.SINGLES) == Simulation([], None, Form.SINGLES)
    assert relay.posts == []


# The whole


@FORMS
def test_the_whole_is_estimated_in_the_same_request(node: Node, relay: Relay, badge: Deployed, form: Form) -> None:
    calls = [claim(badge, 1), claim(badge, 2)]
    whole = multicall(badge.address, calls)
    simulation = simulate(node, badge.sender, calls, whole=whole, form=form)
    assert simulation.whole_gas == node.estimate(whole, badge.sender)
    assert len(relay.posts) == 2  # the second is the line above


@pytest.mark.parametrize("form", [Form.SIMULATE_V1, Form.SINGLES])
def test_a_whole_that_fails_is_no_error(node: Node, badge: Deployed, form: Form) -> None:
    calls = twenty(badge)
    simulation = simulate(node, badge.sender, calls, whole=multicall(badge.address, calls), form=form)
    assert simulation.whole_gas is None


@FORMS
def test_the_gas_limit_suffices_for_the_good_ones(node: Node, chain: Anvil, badge: Deployed, form: Form) -> None:
    calls = [call for i, call in enumerate(twenty(badge), start=1) if i != 11]
    simulation = simulate(node, badge.sender, calls, form=form)
    good = [call for call, outcome in zip(calls, simulation.outcomes, strict=True) if outcome.ok]
    limit = gas_for(simulation.outcomes, simulation.whole_gas)
    whole = multicall(badge.address, good)
    assert node.estimate(whole, badge.sender) <= limit
    node.call(replace(whole, gas=limit), badge.sender)


@FORMS
def test_only_bad_calls_have_no_whole(node: Node, badge: Deployed, form: Form) -> None:
    calls = [claim(badge, 1, 2), claim(badge, 2, 2)]
    simulation = simulate(node, badge.sender, calls, form=form)
    assert failed(simulation) == [1, 2]
    assert simulation.whole_gas is None


def test_gas_for_takes_the_whole_plus_a_tenth() -> None:
    assert gas_for([Outcome(True, 50_000)], 100_001) == 110_002


def test_gas_for_adds_up_the_ok_calls() -> None:
    outcomes = [Outcome(True, 51_000), Outcome(False, 29_000), Outcome(True, 41_000)]
    assert gas_for(outcomes, None) == 21_000 + 33_000 + 5_000 + 22_000 + 5_000


def test_gas_for_needs_gas() -> None:
    with pytest.raises(ValueError, match="not known"):
        gas_for([Outcome(True, None)], None)


# Which form


def test_a_node_without_simulate_v1_is_asked_by_override(node: Node, relay: Relay, badge: Deployed) -> None:
    relay.script["eth_simulateV1"] = LACKING
    simulation = simulate(node, badge.sender, twenty(badge))
    assert (failed(simulation), simulation.form) == ([3, 11, 19], Form.OVERRIDE)


def _without_override(relay: Relay, refusal: Any) -> Callable[[list[Any]], Any]:
    """eth_call of a node that knows two parameters only."""

    def call(params: list[Any]) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": params}
        answer = urllib3.request("POST", relay.upstream, json=request).json()
        if len(params) > 2:
            return refusal
        return answer.get("result") or Refuse(**answer["error"])

    return call


@pytest.mark.parametrize("refusal", [Refuse(-32602, "too many arguments, want at most 2"), "0x"])
def test_a_node_without_either_is_asked_one_by_one(node: Node, relay: Relay, badge: Deployed, refusal: Any) -> None:
    relay.script |= {"eth_simulateV1": LACKING, "eth_call": _without_override(relay, refusal)}
    simulation = simulate(node, badge.sender, twenty(badge))
    assert (failed(simulation), simulation.form) == ([3, 19], Form.SINGLES)


def test_a_form_that_is_known_is_asked_first(node: Node, relay: Relay, badge: Deployed) -> None:
    simulate(node, badge.sender, twenty(badge), form=Form.SINGLES)
    assert relay.count("eth_simulateV1") == 0


# Faults blame nobody


@FORMS
def test_a_node_that_does_not_answer_raises(node: Node, relay: Relay, badge: Deployed, form: Form) -> None:
    relay.fault = Http(503)
    with pytest.raises(RpcUnavailable):
        simulate(node, badge.sender, twenty(badge), form=form)


@FORMS
@pytest.mark.parametrize("words", ["header not found", "insufficient funds for gas * price + value"])
def test_a_refusal_that_is_no_revert_raises(node: Node, relay: Relay, badge: Deployed, form: Form, words: str) -> None:
    relay.script["eth_simulateV1"] = relay.script["eth_call"] = Refuse(-32000, words)
    with pytest.raises(RpcError, match=words.split("*", maxsplit=1)[0]):
        simulate(node, badge.sender, twenty(badge), form=form)


@pytest.mark.parametrize(
    "garbage", [None, [], [{}], [{"calls": []}], [{"calls": [{}]}], [{"calls": [None]}], "0x", {"calls": 1}]
)
def test_a_simulation_that_cannot_be_read_raises(node: Node, relay: Relay, badge: Deployed, garbage: Any) -> None:
    relay.script["eth_simulateV1"] = garbage
    with pytest.raises(RpcUnavailable):
        simulate(node, badge.sender, [claim(badge, 1)])


def test_too_few_rows_of_an_aggregate_raise(node: Node, relay: Relay, badge: Deployed) -> None:
    relay.script["eth_call"] = "0x" + (32).to_bytes(32).hex() + bytes(32).hex()
    with pytest.raises(RpcUnavailable, match="0 of 20"):
        simulate(node, badge.sender, twenty(badge), form=Form.OVERRIDE)


def test_a_call_and_an_estimate_that_disagree_raise(node: Node, relay: Relay, badge: Deployed) -> None:
    relay.script["eth_estimateGas"] = Refuse(3, "execution reverted", "0x")
    with pytest.raises(RpcUnavailable, match="contradict"):
        simulate(node, badge.sender, [claim(badge, 1)], form=Form.SINGLES)


def test_geths_way_to_report_a_revert_is_read(node: Node, relay: Relay, badge: Deployed) -> None:
    error = {"code": 3, "message": "execution reverted: no", "data": "0x08c379a0"}
    call = {"status": "0x0", "gasUsed": "0x5208", "returnData": "0x", "logs": [], "error": error}
    relay.script["eth_simulateV1"] = [{"calls": [call]}]
    (outcome,) = simulate(node, badge.sender, [claim(badge, 1)]).outcomes
    assert (outcome.ok, outcome.data) == (False, bytes.fromhex("08c379a0"))
    assert outcome.message == "execution reverted: no"
