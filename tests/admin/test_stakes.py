"""Staking contracts as staff configure them, and stakes as staff see them."""

import json
from typing import Any

import pytest
from django.forms import model_to_dict
from django.test import Client as Browser
from django.urls import reverse

from chain.fields import UINT96_MAX
from orders.models import Stop
from stakes.models import StakingContract
from tests.admin.conftest import Login
from tests.factories import TELLING, make_stake, make_staking, make_wallet


def form(staking: StakingContract, **over: Any) -> dict[str, Any]:
    """What the page's form sends; JSON as text."""
    values = {**model_to_dict(staking), **over}
    return {
        name: json.dumps(value) if isinstance(value, list | dict) else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def page(staking: StakingContract) -> str:
    return reverse("admin:stakes_stakingcontract_change", args=[staking.pk])


def test_a_name_a_wallet_and_a_contract_are_enough(login: Login) -> None:
    wallet = make_wallet()
    browser = login("administrator")
    url = reverse("admin:stakes_stakingcontract_add")
    usual = form(StakingContract(name="DIP", wallet=wallet, contract=make_staking().contract), wallet=wallet.pk)
    assert browser.post(url, usual).status_code == 302
    staking = StakingContract.objects.get(name="DIP")
    assert (staking.batch_size, staking.domain_name) == (1, "EtheriscStaking")
    assert staking.stake_function.startswith("createStakeWithSignature(")


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"stake_function": "stake("}, "stake_function", "Here should stand"),
        ({"stake_arguments": ["{owner}"]}, "stake_arguments", "takes 5 arguments"),
        ({"stake_arguments": ["{nobody}"] * 5}, "stake_arguments", "no placeholder"),
        (
            {"stake_arguments": ["{owner}", "{stake_id}", 1, "{signature_id}", "{signature}"]},
            "stake_arguments",
            "no placeholder",
        ),
        (
            {"restake_arguments": ["{owner}", "{amount}", 1, "{signature_id}", "{signature}"]},
            "restake_arguments",
            "no placeholder",
        ),
        ({"stake_event": "Staked(uint)x"}, "stake_event", "one word too many"),
        ({"stake_proof": {"nobody": "{owner}"}}, "stake_proof", "no parameter"),
        ({"stake_proof": {"9": "{owner}"}}, "stake_proof", "no parameter"),
        ({"stake_proof": {"owner": "{recipient}"}}, "stake_proof", "is none of"),
        ({"stake_proof": {"target": "{target}"}}, "stake_proof", "must be the {owner}"),
        ({"stake_proof": {"owner": "{owner}", "stakeId": "{stake_id}"}}, "stake_proof", "has no {stake_id}"),
        ({"stake_proof": {"owner": "{owner}", "target": "{signature_id}"}}, "stake_proof", "cannot be compared"),
        ({"stake_proof": ["{owner}"]}, "stake_proof", "an object such as"),
        ({"stake_proof": 7}, "stake_proof", "an object such as"),
        ({"restake_event": TELLING["stake_event"], "restake_proof": {"owner": "{owner}"}}, "restake_event", "another event"),
        ({"errors": "Paused("}, "errors", "Here should stand"),
        ({"used_view": "used(bytes32)", "used_view_arguments": []}, "used_view_arguments", "takes 1 arguments"),
        ({"stake_type": "Stake(uint x)"}, "stake_type", "written out"),
        ({"stake_type": "Stake(Pet pet)Pet(uint8 n)"}, "stake_type", "not supported"),
        ({"stake_message": ["{target}"]}, "stake_message", "takes 3 arguments"),
        ({"restake_message": ["{amount}", "{target}", "{signature_id}"]}, "restake_message", "no placeholder"),
        ({"batch_size": 5, "stake_proof": {"owner": "{owner}"}}, "batch_size", "both proofs must name {signature_id}"),
        ({"batch_size": 0}, "batch_size", "is violated"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused_with_the_field(login: Login, change: dict[str, Any], field: str, said: str) -> None:
    staking = make_staking()
    answer = login("administrator").post(page(staking), form(staking, **change))
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert said in str(errors.get(field) or errors.get("__all__"))
    assert errors.keys() <= {field, "__all__"}


def test_without_multicall3_orders_cannot_share_a_transaction(login: Login) -> None:
    staking = make_staking()
    staking.network.multicall3 = ""
    staking.network.save()
    answer = login("administrator").post(page(staking), form(staking, batch_size=5))
    assert "no Multicall3" in str(answer.context["adminform"].form.errors["batch_size"])


def test_without_a_wallet_it_is_refused_and_nothing_breaks(login: Login) -> None:
    staking = make_staking()
    answer = login("administrator").post(page(staking), form(staking, batch_size=5, wallet=""))
    assert "wallet" in answer.context["adminform"].form.errors


def test_an_order_shows_what_was_signed(operator: Browser) -> None:
    stake = make_stake(target=UINT96_MAX, signature_id="so and so")
    text = operator.get(reverse("admin:orders_order_change", args=[stake.pk])).content.decode()
    for shown in (stake.owner, str(UINT96_MAX), "so and so", bytes(stake.signature).hex(), str(stake.staking)):
        assert shown in text


def test_orders_are_found_by_their_owner(operator: Browser) -> None:
    stake, other = make_stake(), make_stake()
    for list_ in ("orders_order", "stakes_stake"):
        text = operator.get(reverse(f"admin:{list_}_changelist"), {"q": stake.owner}).content.decode()
        assert (str(stake.pk)[-8:] in text, str(other.pk)[-8:] in text) == (True, False)


def test_a_contract_can_be_stopped(operator: Browser) -> None:
    staking = make_staking()
    url = reverse("admin:stakes_stakingcontract_do", args=[staking.pk, "stop"])
    assert operator.post(url, {"confirmed": "yes", "reason": "because"}).status_code == 302
    assert Stop.objects.get(group=staking.pk).by == "staff:the-operator"
