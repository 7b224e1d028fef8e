"""Whatever is thrown at the API comes back as problem+json."""

from typing import Any

import pytest

from orders.states import Scope
from tests.api.conftest import Caller, fields, make_caller

NESTED = "[" * 100_000


@pytest.mark.parametrize("body", ["", "{", "nonsense", "[1,]", '{"a": NaN}', '{"a": 1, "a": 2}', b"\xff", "1" * 5000, NESTED])
def test_what_is_not_json_is_a_bad_request(caller: Caller, body: Any) -> None:
    response = caller.post("/withdrawals", body)
    assert response.status_code == 400
    assert fields(response) in ([], ["pool", "amount", "recipient"], ["recipient", "pool", "amount"])


@pytest.mark.parametrize("body", ["null", "5", "[]", '"text"'])
def test_json_that_is_no_object_is_a_bad_request(caller: Caller, body: str) -> None:
    response = caller.post("/withdrawals", body)
    assert (response.status_code, fields(response)) == (400, [""])


def test_a_body_of_ten_megabytes_is_too_large(caller: Caller) -> None:
    response = caller.post("/withdrawals", b" " * 10_000_000)
    assert (response.status_code, fields(response)) == (413, [])


def test_another_content_type_is_refused(caller: Caller) -> None:
    response = caller.post("/withdrawals", "a=1", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, fields(response)) == (415, [])


def test_another_method_is_refused(caller: Caller) -> None:
    response = caller.browser.delete("/api/v1/orders", headers=caller.headers)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert fields(response) == []


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/orders/7", "/api/v1/orders/\0"])
def test_an_unknown_path_is_a_problem_too(caller: Caller, path: str) -> None:
    response = caller.browser.get(path, headers=caller.headers)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert fields(response) == []


def test_a_problem_carries_the_id_that_the_log_has(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        response = caller.browser.get("/api/v1/orders")
    assert response.json()["request_id"] in caplog.text


def test_several_fields_are_named_at_once(caller: Caller) -> None:
    assert sorted(fields(caller.post("/withdrawals", {}))) == ["amount", "pool", "recipient"]


# -- who may do what ---------------------------------------------------------------------------------------------------


def test_without_a_key_there_is_a_challenge(caller: Caller) -> None:
    response = caller.browser.get("/api/v1/orders")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="claimdesk"')
    assert fields(response) == []


@pytest.mark.parametrize("text", ["", "cd_", "cd_a_b", "cd_\0\0_b", "Bearer", "x", "cd_é_x"])
def test_a_wrong_key_is_refused(caller: Caller, text: str) -> None:
    response = caller.browser.get("/api/v1/orders", headers={"Authorization": f"Bearer {text}"})
    assert response.status_code == 401


def test_the_right_prefix_with_another_secret_is_refused(caller: Caller) -> None:
    caller.key = caller.key[:-1] + ("a" if caller.key[-1] != "a" else "b")
    assert caller.get("/orders").status_code == 401


def test_the_other_name_of_the_scheme_works(caller: Caller) -> None:
    response = caller.browser.get("/api/v1/orders", headers={"Authorization": f"Api-Key {caller.key}"})
    assert response.status_code == 200


@pytest.mark.parametrize("over", [{"revoked_at": "2020-01-01T00:00Z"}, {"expires_at": "2020-01-01T00:00Z"}])
def test_a_key_that_has_ended_is_refused(caller: Caller, over: dict[str, str]) -> None:
    caller.client.keys.update(**over)
    assert caller.get("/orders").status_code == 401


def test_the_keys_of_an_inactive_client_are_refused(caller: Caller) -> None:
    type(caller.client).objects.update(is_active=False)
    assert caller.get("/orders").status_code == 401


def test_the_secret_is_stored_nowhere(caller: Caller) -> None:
    key = caller.client.keys.get()
    assert caller.key.split("_", 2)[2] not in str(vars(key))


@pytest.mark.django_db
def test_a_key_without_the_scope_is_refused() -> None:
    response = make_caller([Scope.WALLETS_READ]).get("/orders")
    assert (response.status_code, fields(response)) == (403, [])


@pytest.mark.django_db
def test_giving_and_claiming_are_different_scopes() -> None:
    response = make_caller([Scope.CLAIMS_CREATE]).post("/rewards/x/give", {})
    assert response.status_code == 403


def test_too_many_requests_are_told_when_to_return(caller: Caller, settings: Any) -> None:
    settings.API_RATE = "2/hour"
    statuses = [caller.get("/orders").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert 0 < int(caller.get("/orders").headers["Retry-After"]) <= 3600
