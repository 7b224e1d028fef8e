"""How an order becomes the arguments of a function."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.calls import Signature
from chain.templates import TemplateError, check, fill, fill_batch

ALICE = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
ORDER = {"recipient": ALICE, "quantity": 3, "token_id": 7, "amount": 10**18, "order_id": ID}


def only(template: Any, kind: str, order: dict[str, Any] | None = None) -> Any:
    (value,) = fill([template], [kind], order or ORDER)
    return value


@pytest.mark.parametrize(
    ("template", "kind", "value"),
    [
        ("{recipient}", "address", ALICE),
        ("{quantity}", "uint256", 3),
        ("{quantity}", "string", "3"),
        ("{amount}", "int128", 10**18),
        ("{order_id}", "uint128", ID.int),
        ("{order_id}", "bytes32", ID.bytes + bytes(16)),
        ("{order_id}", "bytes16", ID.bytes),
        ("{order_id}", "bytes", ID.bytes),
        ("{order_id}", "string", str(ID)),
        ("badge/{token_id}.json", "string", "badge/7.json"),
        ('{{"id":{token_id}}}', "string", '{"id":7}'),
        ("12", "uint8", 12),
        ("-12", "int8", -12),
        ("0xff", "uint8", 255),
        (BOB.lower(), "address", BOB),
        ("0x" + "0" * 40, "address", "0x" + "0" * 40),
        ("0x", "bytes", b""),
        (True, "bool", True),
        ([1, "{quantity}"], "uint8[]", [1, 3]),
        ([["{recipient}"], [2]], "(address[],uint8[1])", ([ALICE], [2])),
        ([[["0x" + "00" * 32], 5]], "(bytes32[],uint256)[]", [([bytes(32)], 5)]),
    ],
)
def test_it_fills_a_value_of_the_right_type(template: Any, kind: str, value: Any) -> None:
    assert only(template, kind) == value


@pytest.mark.parametrize(
    ("template", "kind", "complaint"),
    [
        ("{recipent}", "address", r"no placeholder \{recipent\}"),
        ("{quantity.__class__}", "string", "no placeholder"),
        ("{recipient", "string", "stands alone"),
        ("{recipient}", "uint256", "not a whole number"),
        ("{quantity}", "address", "address is 0x"),
        ("{quantity}", "bool", "neither true nor false"),
        ("{quantity}", "bytes32", "pairs of hexadecimal"),
        ("{order_id}", "uint64", "outside uint64"),
        ("{order_id}", "bytes8", "needs 8 bytes"),
        ("1e3", "uint256", "not a whole number"),
        (1.0, "uint256", "not a whole number"),
        (True, "uint256", "not a whole number"),
        ("\u0661", "uint256", "not a whole number"),
        (256, "uint8", "outside uint8"),
        (-1, "uint8", "outside uint8"),
        (128, "int8", "outside int8"),
        ("0x12", "bytes4", "needs 4 bytes"),
        ("0x123", "bytes", "pairs"),
        (None, "string", "not a text"),
        ("x", "uint8[]", "needs a list"),
        ([1], "uint8[2]", "needs 2 elements"),
        ([1], "(uint8,uint8)", "list of 2 elements"),
        ({"each": 1}, "uint8[]", "only in a batch"),
        ({"every": 1}, "uint8[]", "can only be"),
        ({"each": 1}, "uint8", "not a whole number"),
    ],
)
def test_it_names_the_argument_that_does_not_fit(template: Any, kind: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=rf"^Argument 2 \(.*{complaint}"):
        fill([1, template], ["uint8", kind], ORDER)


def test_it_refuses_an_order_that_lacks_the_field() -> None:
    with pytest.raises(TemplateError, match="has no token_id"):
        only("{token_id}", "uint256", {**ORDER, "token_id": None})


def test_each_becomes_an_array_over_the_orders() -> None:
    rows = [ORDER, {**ORDER, "recipient": BOB, "quantity": 1}]
    template = [{"each": "{recipient}"}, [{"each": ["{quantity}", "x"]}, "5"]]
    filled = fill_batch(template, ["address[]", "((uint256,string)[],uint8)"], rows)
    assert filled == [[ALICE, BOB], ([(3, "x"), (1, "x")], 5)]


@pytest.mark.parametrize(
    ("template", "kind", "complaint"),
    [
        ("{recipient}", "address", "inside"),
        ({"each": {"each": 1}}, "uint8[][]", "once per array"),
        ({"each": 1}, "uint8[2]", "fixed length"),
        ([1], "uint8[]", "at least one argument"),
    ],
)
def test_it_refuses_a_batch_template_that_cannot_serve_all(template: Any, kind: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        check([template], [kind], batch=True)


def test_a_template_has_one_element_per_argument() -> None:
    with pytest.raises(TemplateError, match="takes 2 arguments, the template has 1"):
        check(["{recipient}"], ["address", "uint256"], batch=False)


def test_a_template_is_a_list() -> None:
    with pytest.raises(TemplateError, match="is a list"):
        check({"0": "{recipient}"}, ["address"], batch=False)  # type: ignore[arg-type]  # JSON from a form


def test_it_refuses_text_that_no_chain_can_store() -> None:
    with pytest.raises(TemplateError, match="do not fit"):
        check(["\ud800"], ["string"], batch=False)


def test_it_passes_the_claim_of_a_third_party_drop() -> None:
    signature = Signature.parse("claim(address,uint256,address,uint256,(bytes32[],uint256,uint256,address),bytes)")
    native = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
    template = ["{recipient}", "{quantity}", native, 0, [[], 0, str(2**256 - 1), "0x" + "0" * 40], "0x"]
    check(template, signature.types, batch=False)
    assert signature.decode(signature.encode(fill(template, signature.types, ORDER)))[:3] == (
        ALICE,
        3,
        native,
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("{order_id}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("each"), inner, max_size=1),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(JSON, max_size=3), st.booleans())
def test_any_json_fits_or_is_refused_with_a_sentence(template: list[Any], batch: bool) -> None:
    types = ["uint8[]", "(string,bytes)", "address[2]"][: len(template)]
    with suppress(TemplateError):
        check(template, types, batch=batch)
