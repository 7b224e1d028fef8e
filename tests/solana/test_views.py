"""How sure the nodes of the test cluster are, and how they answer."""

import base64
from typing import Any

import pytest
from solders.keypair import Keypair

from chain.solana import ids
from chain.solana.rpc import Commitment
from local.solana.process import SolanaError
from tests.solana.actor import Actor, make_table

PROCESSED, CONFIRMED, FINALIZED = Commitment.PROCESSED, Commitment.CONFIRMED, Commitment.FINALIZED


def test_a_block_is_processed_then_confirmed_then_finalized(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    signature = actor.post(actor.payment(10**9, receiver))
    seen = []
    for _ in range(11):
        actor.cluster.advance(slots=1)
        status = actor.status(signature)
        assert status is not None
        seen.append((status["confirmationStatus"], actor.balance(receiver, CONFIRMED), actor.balance(receiver, FINALIZED)))
    assert seen == [("processed", 0, 0)] * 2 + [("confirmed", 10**9, 0)] * 8 + [("finalized", 10**9, 10**9)]
    assert actor.status(signature) == {**(actor.status(signature) or {}), "confirmations": None}


def test_slots_and_heights_run_apart(actor: Actor) -> None:
    slots = [actor.rpc.slot(each) for each in (FINALIZED, CONFIRMED, PROCESSED)]
    assert slots == sorted(slots)
    assert actor.rpc.slot(PROCESSED) != actor.rpc.block_height(PROCESSED)


def test_a_question_can_demand_a_slot(actor: Actor) -> None:
    slot = actor.rpc.slot(PROCESSED)
    wanted = {"commitment": "processed", "minContextSlot": slot + 1}
    with pytest.raises(SolanaError) as caught:
        actor.cluster.request("getBalance", str(actor.me), wanted)
    assert (caught.value.code, caught.value.data) == (-32016, {"contextSlot": slot})
    actor.cluster.advance(blocks=1)
    assert actor.cluster.request("getBalance", str(actor.me), wanted)["context"]["slot"] == slot + 1


def test_a_transaction_is_shown_once_it_is_confirmed(actor: Actor) -> None:
    signature = actor.post(actor.payment())
    actor.cluster.advance(blocks=1)
    assert actor.rpc.transaction(signature, CONFIRMED) is None
    with pytest.raises(SolanaError, match="does not support commitment below"):
        actor.cluster.request("getTransaction", signature, {"commitment": "processed"})
    actor.cluster.advance(blocks=2)
    found = actor.rpc.transaction(signature, CONFIRMED)
    assert found is not None
    assert found["meta"]["preBalances"][0] - found["meta"]["postBalances"][0] == 10**9 + 5_000
    assert found["transaction"]["message"]["accountKeys"][0] == str(actor.me)
    assert actor.rpc.transaction(signature, FINALIZED) is None


def test_the_transactions_of_an_address_newest_first(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    sent = []
    for _ in range(3):
        sent.append(actor.post(actor.payment(10**9, receiver)))
        actor.cluster.advance(blocks=1)
    actor.cluster.advance(blocks=2)

    def asked(**options: Any) -> list[str]:
        found = actor.cluster.request("getSignaturesForAddress", str(receiver), {"commitment": "confirmed", **options})
        return [line["signature"] for line in found]

    assert asked() == sent[::-1]
    assert asked(limit=1) == [sent[2]]
    assert asked(before=sent[2]) == [sent[1], sent[0]]
    assert asked(until=sent[0]) == [sent[2], sent[1]]


def test_several_questions_at_once(actor: Actor) -> None:
    asked = [{"jsonrpc": "2.0", "id": n, "method": name} for n, name in ((1, "getHealth"), (2, "getNonsense"))]
    answers = actor.cluster.post(asked)
    assert [(each["id"], each.get("result"), each.get("error", {}).get("code")) for each in answers] == [
        (1, "ok", None),
        (2, None, -32601),
    ]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("getBalance", ["nonsense!"], -32602),
        ("getBalance", ["1111"], -32602),
        ("getBalance", [], -32602),
        ("getSlot", [{"commitment": "recent"}], -32602),
        ("getSlot", [{"minContextSlot": "x"}], -32602),
        ("getSignatureStatuses", [["x"] * 257], -32602),
        ("getSignatureStatuses", ["x"], -32602),
        ("getMultipleAccounts", [["11111111111111111111111111111111"] * 101], -32602),
        ("getMinimumBalanceForRentExemption", [-1], -32602),
        ("getFeeForMessage", ["nonsense"], -32602),
        ("getSignaturesForAddress", ["11111111111111111111111111111111", {"limit": 0}], -32602),
        ("test_faults", [{"weather": 1}], -32602),
        ("test_faults", [{"drop": -1}], -32602),
        ("test_fork", [{"slots": 11}], -32602),
        ("test_advance", [{"slots": 10**9}], -32602),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(actor: Actor, method: str, params: list[Any], code: int) -> None:
    with pytest.raises(SolanaError) as caught:
        actor.cluster.request(method, *params)
    assert caught.value.code == code


def test_what_is_no_json_rpc_is_refused(actor: Actor) -> None:
    nonsense: list[Any] = [{}, [], "x"]
    assert [actor.cluster.post(asked)["error"]["code"] for asked in nonsense] == [-32600] * 3


def test_accounts_in_the_encoding_asked_for(actor: Actor) -> None:
    def asked(**options: Any) -> Any:
        return actor.cluster.request("getAccountInfo", str(actor.me), {"commitment": "processed", **options})["value"]

    assert asked(encoding="base64")["data"] == ["", "base64"]
    assert asked()["data"] == ""
    assert asked(encoding="base58")["data"] == ["", "base58"]
    assert asked(encoding="base64") == {**asked(encoding="base64"), "lamports": 10**12, "space": 0, "owner": str(ids.SYSTEM)}
    with pytest.raises(SolanaError, match="unknown variant"):
        asked(encoding="hex")
    keys = [str(actor.me), str(Keypair().pubkey())]
    found = actor.cluster.request("getMultipleAccounts", keys, {"commitment": "processed"})["value"]
    assert [each and each["lamports"] for each in found] == [10**12, None]


def test_a_large_account_is_not_given_in_base58(minting: Actor) -> None:
    table = make_table(minting, [Keypair().pubkey() for _ in range(4)])
    minting.cluster.advance(blocks=1)
    with pytest.raises(SolanaError, match="use Base64") as caught:
        minting.cluster.request("getAccountInfo", str(table), {"commitment": "processed"})
    assert caught.value.code == -32600
    piece = {"commitment": "processed", "encoding": "base64", "dataSlice": {"offset": 56, "length": 32}}
    assert len(base64.b64decode(minting.cluster.request("getAccountInfo", str(table), piece)["value"]["data"][0])) == 32


def test_two_airdrops_alike_are_two(actor: Actor) -> None:
    key = Keypair().pubkey()
    for _ in range(2):
        actor.cluster.request("requestAirdrop", str(key), 10**9)
    actor.cluster.advance(blocks=1)
    assert actor.balance(key) == 2 * 10**9
