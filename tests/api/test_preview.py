"""A dry run: the call, its simulation and its price, from a real node; nothing is stored."""

from typing import Any

from chain.models import Wallet
from local.anvil import Anvil
from orders.models import Order
from tests.api.conftest import Caller, fields
from tests.factories import CONTRACT, an_address, make_network, make_pool, make_reward, make_wallet


def wallet_on(anvil: Anvil, **network: Any) -> Wallet:
    """A wallet that anvil has given coins to."""
    return make_wallet(network=make_network(rpc_urls=anvil.url, chain_id=31337, **network))


def preview(caller: Caller, **body: Any) -> Any:
    return caller.post("/orders/preview", {"recipient": an_address(), **body}, key=None)


def test_a_payment_of_coin_is_priced(caller: Caller, anvil: Anvil) -> None:
    pool = make_pool(wallet=wallet_on(anvil), kind="native", token="")
    shown = preview(caller, kind="withdrawal", pool=str(pool.pk), amount="1000").json()
    assert (shown["ok"], shown["value"], shown["function"]) == (True, "1000", "")
    assert int(shown["cost"]) == shown["gas"] * int(shown["max_fee"]) + 1000


def test_a_claim_is_decoded(caller: Caller, anvil: Anvil) -> None:
    reward, recipient = make_reward(wallet=wallet_on(anvil)), an_address()
    shown = preview(caller, kind="claim", reward=str(reward.pk), recipient=recipient, quantity=2).json()
    assert (shown["to"], shown["function"], shown["arguments"]) == (CONTRACT, "claim(address,uint256)", [recipient, "2"])


def test_the_contracts_refusal_is_told(caller: Caller, chain: Anvil) -> None:
    contract = an_address()
    chain.request("anvil_setCode", contract, "0x60006000fd")  # reverts, whatever it is asked
    reward = make_reward(wallet=wallet_on(chain), contract=contract)
    shown = preview(caller, kind="claim", reward=str(reward.pk)).json()
    assert (shown["ok"], bool(shown["why_not"]), shown["cost"]) == (False, True, None)


def test_gas_above_the_ceiling_is_told(caller: Caller, anvil: Anvil) -> None:
    pool = make_pool(wallet=wallet_on(anvil, gas_ceiling=1), kind="native", token="")
    shown = preview(caller, kind="withdrawal", pool=str(pool.pk), amount="1000").json()
    assert (shown["ok"], shown["max_fee"]) == (False, None)


def test_nothing_is_stored(caller: Caller, anvil: Anvil) -> None:
    preview(caller, kind="claim", reward=str(make_reward(wallet=wallet_on(anvil)).pk))
    assert Order.objects.count() == 0


def test_a_silent_node_is_no_fault_of_the_order(caller: Caller) -> None:
    response = preview(caller, kind="claim", reward=str(make_reward().pk))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert fields(response) == []


def test_a_bad_body_is_named(caller: Caller) -> None:
    response = preview(caller, kind="withdrawal", pool="nobody", amount="0")
    assert (response.status_code, fields(response)) == (400, ["amount"])
