"""Stakes over REST: what is refused at the door, and that one signature id is one order."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from orders.api.bulk import wishes as bulk_wishes
from orders.models import Event, Order
from orders.states import Kind, Reason, Scope, Status
from stakes.models import Stake, StakingContract
from tests.api.conftest import Caller, fields, make_caller
from tests.factories import a_key, make_stake, make_staking, make_wallet, signed, stake_body

SOMEBODY = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


@pytest.fixture
def staking(db: None) -> StakingContract:
    return make_staking(external_id="dip")


def test_a_stake_is_taken_as_it_was_signed(caller: Caller, staking: StakingContract) -> None:
    stake = signed(staking, amount=2**256 - 1, target=2**96 - 1, signature_id="äöü and blanks")
    answer = caller.post("/stakes", stake_body(stake, external_id="e-1"))
    assert answer.status_code == 202
    order = answer.json()
    assert (order["kind"], order["action"], order["status"], order["external_id"]) == ("stake", "stake", "pending", "e-1")
    assert (order["amount"], order["target"], order["stake_id"]) == (str(2**256 - 1), str(2**96 - 1), None)
    row = Stake.objects.get(pk=order["id"])
    assert (row.owner, row.signature_id, bytes(row.signature)) == (stake.owner, "äöü and blanks", bytes(stake.signature))
    assert caller.get(f"/orders/{order['id']}").json()["signature"] == "0x" + bytes(stake.signature).hex()


def test_a_restake_is_taken_as_it_was_signed(caller: Caller, staking: StakingContract) -> None:
    answer = caller.post("/restakes", stake_body(signed(staking, stake_id=5, target=6)))
    assert answer.status_code == 202
    assert [answer.json()[name] for name in ("kind", "action", "stake_id", "target", "amount")] == [
        "stake", "restake", "5", "6", None
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["dip", "address", "lower case", "id"])
def test_the_contract_is_named_by_id_external_id_or_address(caller: Caller, staking: StakingContract, name: str) -> None:
    names = {"address": staking.contract, "lower case": staking.contract.lower(), "id": str(staking.pk)}
    assert caller.post("/stakes", stake_body(signed(staking), staking=names.get(name, name))).status_code == 202


def test_an_address_of_two_contracts_is_not_guessed_at(caller: Caller, staking: StakingContract) -> None:
    make_staking(contract=staking.contract)
    answer = caller.post("/stakes", stake_body(signed(staking), staking=staking.contract))
    assert (answer.status_code, fields(answer)) == (400, ["staking"])
    assert caller.stored() == 0


def test_a_stake_can_be_stored_without_being_released(caller: Caller, staking: StakingContract) -> None:
    order = caller.post("/stakes", stake_body(signed(staking), hold=True)).json()
    assert (order["status"], order["reason"]) == (Status.HELD, Reason.NOT_RELEASED)


# -- forged ----------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(53)
@pytest.mark.parametrize(
    "change", [{"amount": "999"}, {"target": "8"}, {"signature_id": "another"}, {"owner": SOMEBODY}], ids=str
)
def test_what_the_owner_has_not_signed_is_refused_at_the_door(
    caller: Caller, staking: StakingContract, change: dict[str, str]
) -> None:
    answer = caller.post("/stakes", stake_body(signed(staking), **change))
    assert (answer.status_code, answer.json()["code"], fields(answer)) == (422, "signature_forged", ["signature"])
    assert caller.stored() == 0


@pytest.mark.fault(53)
def test_a_signature_for_another_contract_chain_or_version_is_refused(caller: Caller, staking: StakingContract) -> None:
    key = a_key()
    others = [
        make_staking(contract=make_wallet().address, wallet=staking.wallet),
        make_staking(),
        make_staking(domain_version="2", wallet=staking.wallet),
        make_staking(verifying_contract=staking.wallet.address, wallet=staking.wallet),
    ]
    for other in others:
        assert caller.post("/stakes", stake_body(signed(other, key), staking=str(staking.pk))).status_code == 422
    assert caller.stored() == 0


@pytest.mark.fault(53)
def test_a_signature_of_the_other_action_is_refused(caller: Caller, staking: StakingContract) -> None:
    stake, restake = signed(staking), signed(staking, stake_id=5)
    swapped = stake_body(restake, signature="0x" + bytes(stake.signature).hex())
    assert caller.post("/restakes", swapped).status_code == 422


def test_the_message_helper_may_be_who_checks(caller: Caller) -> None:
    staking = make_staking(verifying_contract=make_wallet().address)
    assert caller.post("/stakes", stake_body(signed(staking))).status_code == 202


def test_where_no_type_is_configured_the_contract_is_left_to_judge(caller: Caller) -> None:
    staking = make_staking(stake_type="")
    assert caller.post("/stakes", stake_body(signed(staking), amount="1")).status_code == 202


# -- bad fields --------------------------------------------------------------------------------------------------------------

SIGNATURE = "0x" + "11" * 64 + "1b"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"staking": "nothing"}, "staking"),
        ({"owner": "0x" + "00" * 20}, "owner"),
        ({"owner": "0x1234"}, "owner"),
        ({"target": str(2**96)}, "target"),
        ({"target": "-1"}, "target"),
        ({"amount": "0"}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": str(2**256)}, "amount"),
        ({"signature_id": ""}, "signature_id"),
        ({"signature_id": "x" * 32}, "signature_id"),
        ({"signature_id": "ä" * 16}, "signature_id"),
        ({"signature_id": "a\0b"}, "signature_id"),
        ({"signature": "0x12"}, "signature"),
        ({"signature": SIGNATURE[2:]}, "signature"),
        ({"signature": "0xzz"}, "signature"),
        ({"signature": SIGNATURE + "00"}, "signature"),
        ({"stake_id": "5"}, "stake_id"),
        ({"action": "restake"}, "action"),
        ({"recipient": SOMEBODY}, "recipient"),
    ],
    ids=str,
)
@pytest.mark.fault(52)
def test_a_bad_field_is_named_and_nothing_is_stored(
    caller: Caller, staking: StakingContract, change: dict[str, Any], field: str
) -> None:
    answer = caller.post("/stakes", stake_body(signed(staking), **change))
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert caller.stored() == 0


def test_the_compact_form_of_a_signature_is_refused_in_so_many_words(caller: Caller, staking: StakingContract) -> None:
    answer = caller.post("/stakes", stake_body(signed(staking), signature=SIGNATURE[:-2]))
    assert "EIP-2098" in answer.json()["errors"][0]["message"]


def test_wallets_and_the_contract_own_no_stakes(caller: Caller, staking: StakingContract) -> None:
    for owner in (staking.wallet.address, staking.contract):
        answer = caller.post("/stakes", stake_body(signed(staking), owner=owner))
        assert (answer.status_code, fields(answer)) == (400, ["owner"])


def test_a_closed_contract_takes_nothing(caller: Caller) -> None:
    staking = make_staking(is_open=False)
    answer = caller.post("/stakes", stake_body(signed(staking)))
    assert (answer.status_code, answer.json()["code"], caller.stored()) == (409, "staking_closed", 0)


def test_a_key_needs_the_scope(staking: StakingContract) -> None:
    caller = make_caller([scope for scope in Scope if scope != Scope.STAKES_CREATE])
    assert caller.post("/stakes", stake_body(signed(staking))).status_code == 403
    assert caller.post("/restakes", stake_body(signed(staking, stake_id=1))).status_code == 403


# -- one signature id, one order -----------------------------------------------------------------------------------------------


@pytest.mark.fault(48)
def test_the_same_action_is_the_same_order_whatever_the_key(caller: Caller, staking: StakingContract) -> None:
    body = stake_body(signed(staking), external_id="e-1")
    first, second = caller.post("/stakes", body, key="one"), caller.post("/stakes", body, key="two")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (caller.stored(), Event.objects.count()) == (1, 1)


@pytest.mark.fault(48)
@pytest.mark.parametrize("change", [{"amount": 5}, {"target": 9}], ids=str)
def test_another_action_under_a_taken_signature_id_is_refused_with_the_order(
    caller: Caller, staking: StakingContract, change: dict[str, int]
) -> None:
    key = a_key()
    first = caller.post("/stakes", stake_body(signed(staking, key, signature_id="one"))).json()
    answer = caller.post("/stakes", stake_body(signed(staking, key, signature_id="one", **change)))
    assert (answer.status_code, answer.json()["code"], fields(answer)) == (409, "signature_id_taken", ["signature_id"])
    assert (answer.json()["order"], caller.stored()) == (first["id"], 1)


def test_a_signature_id_that_another_client_has_taken_names_no_order(caller: Caller, staking: StakingContract) -> None:
    body = stake_body(signed(staking))
    make_caller().post("/stakes", body)
    answer = caller.post("/stakes", body)
    assert (answer.status_code, answer.json()["code"], "order" in answer.json()) == (409, "signature_id_taken", False)


def test_two_contracts_may_know_the_same_signature_id(caller: Caller, staking: StakingContract) -> None:
    assert [
        caller.post("/stakes", stake_body(signed(each, signature_id="one"))).status_code for each in (staking, make_staking())
    ] == [202, 202]


@pytest.mark.fault(47)
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_under_twenty_keys_are_one_order() -> None:
    caller, body = make_caller(), stake_body(signed(make_staking()))

    def post(number: int) -> tuple[int, str]:
        try:
            answer = caller.post("/stakes", body, key=f"key-{number}")
            return answer.status_code, answer.json().get("id")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(post, range(20)))
    assert {status for status, _ in answers} == {202}
    assert len(answers) == Order.objects.count() == Stake.objects.count() == 1


# -- many, and lists -----------------------------------------------------------------------------------------------------------


def test_in_bulk_each_is_judged_alone(caller: Caller, staking: StakingContract) -> None:
    known = signed(staking, signature_id="known")
    earlier = caller.post("/stakes", stake_body(known)).json()
    good = {"kind": "stake", **stake_body(signed(staking))}
    restake = {"kind": "stake", "action": "restake", **stake_body(signed(staking, stake_id=3))}
    forged = {**good, "amount": "1", "signature_id": "f"}
    nothing = {name: value for name, value in good.items() if name != "amount"}
    both = {**restake, "amount": "1"}
    again = {"kind": "stake", **stake_body(known)}
    taken = {"kind": "stake", **stake_body(signed(staking, signature_id="known"))}
    answer = caller.post("/orders/bulk", {"orders": [good, restake, forged, nothing, both, again, taken, good]})
    results = answer.json()["results"]
    assert [each.get("error", {}).get("code", "") for each in results] == [
        "", "", "signature_forged", "invalid", "invalid", "", "signature_id_taken", "signature_id_taken"
    ]  # fmt: skip
    assert results[5]["order"]["id"] == earlier["id"]
    assert [results[i]["error"]["errors"][0]["field"] for i in (3, 4)] == ["amount", "amount"]
    assert caller.stored() == 3


def test_many_are_looked_up_together(caller: Caller, django_assert_max_num_queries: Any) -> None:
    staking, other = make_staking(external_id="one"), make_staking(contract=make_wallet().address)
    bodies = [{"kind": "stake", **stake_body(signed(each))} for each in (staking, other) * 10]
    for i, name in enumerate(("one", other.contract, str(staking.pk))):
        bodies[i]["staking"] = name
    with django_assert_max_num_queries(3):
        bulk_wishes(bodies, set(Scope))


def test_stakes_are_listed_by_owner_contract_action_and_signature_id(caller: Caller, staking: StakingContract) -> None:
    mine: dict[str, Any] = {"order_client": caller.client}
    first = make_stake(staking, signature_id="first", **mine)
    second = make_stake(stake_id=4, **mine)

    def listed(path: str = "/stakes", **query: str) -> list[str]:
        return [order["id"] for order in caller.get(path, **query).json()["results"]]

    assert listed() == [str(second.pk), str(first.pk)]
    assert listed(recipient=first.owner) == [str(first.pk)]
    assert listed(staking=str(staking.pk)) == listed("/orders", staking=str(staking.pk)) == [str(first.pk)]
    assert listed(action="restake") == [str(second.pk)]
    assert listed(signature_id="first") == [str(first.pk)]
    assert listed("/orders", kind=Kind.STAKE) == listed()
    assert listed("/claims") == []
