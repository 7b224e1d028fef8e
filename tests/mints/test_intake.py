"""Collections on their way in: all of one or nothing of it, and every mistake said at once."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from mints import staging
from mints.models import Asset, Collection, Item
from mints.stages.cleanup import sweep
from orders.models import Event, Order
from orders.states import Kind, Reason, Status
from tests.api.conftest import Caller, fields, make_caller
from tests.factories import CONTRACT, MINTER, an_address
from tests.mints.offered import a_picture, a_zip, about, again, form, make_press, make_tree_press, pictures, rows, send, sheet
from tests.orders.solana.rows import somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads")]


@pytest.fixture
def caller() -> Caller:
    return make_caller()


def left(uploads: Path) -> list[str]:
    return sorted(str(each.relative_to(uploads)) for each in uploads.rglob("*")) if uploads.exists() else []


def nothing_is_stored(uploads: Path) -> bool:
    return not (Collection.objects.exists() or Order.objects.exists() or Asset.objects.exists() or left(uploads))


# -- what is stored ----------------------------------------------------------------------------------------------------------


def test_each_row_becomes_an_order_that_waits_to_be_released(caller: Caller, uploads: Path) -> None:
    press, lines = make_press(), rows(3)
    answer = send(caller, form(press, lines))
    assert answer.status_code == 202, answer.content
    collection = Collection.objects.get()
    assert answer["Location"] == f"/api/v1/collections/{collection.pk}"
    assert (collection.client, collection.press, collection.wallet, collection.contract) == (
        caller.client, press, press.wallet, CONTRACT,
    )  # fmt: skip
    items = list(Item.objects.select_related("order", "image").order_by("number"))
    assert [(item.name, item.image.name, item.recipient, item.token_id) for item in items] == [
        (line["name"], line["image"], line["wallet"], number) for number, line in enumerate(lines)
    ]
    orders = [item.order for item in items]
    assert {(o.kind, o.status, o.reason, o.group, o.wallet) for o in orders} == {
        (Kind.ITEM, Status.HELD, Reason.NOT_RELEASED, collection.pk, press.wallet)
    }
    assert sorted(orders, key=lambda order: order.pk) == orders
    assert [event.actor for event in Event.objects.all()] == [f"client:{caller.client.name}"] * 3
    assert items[1].attributes == [{"trait_type": "Rank", "value": 1}]
    kept = {f"{collection.pk}/{asset.sha256}" for asset in Asset.objects.all()}
    assert set(left(uploads)) == {str(collection.pk), *kept}


def test_the_answer_says_what_there_is(caller: Caller) -> None:
    said = send(caller, form(make_press(), royalty=500, external_id="autumn")).json()
    assert (said["total"], said["items"]["held"], said["royalty"], said["external_id"]) == (3, 3, 500, "autumn")
    assert (said["images_cid"], said["metadata_cid"], said["plan"], said["job"], said["groundwork"]) == ("", "", None, None, [])


def test_a_zip_brings_sheet_and_pictures(caller: Caller, uploads: Path) -> None:
    lines = rows(2)
    files = {"drop/badges.csv": sheet(lines), **{f"drop/pictures/{name}": data for name, data in pictures(2).items()}}
    parts = {"collection": json.dumps(about(make_press())), "archive": SimpleUploadedFile("drop.zip", a_zip(files))}
    assert send(caller, parts).status_code == 202
    assert Item.objects.count() == 2
    assert len(left(uploads)) == 3  # the folder and two pictures: neither zip nor sheet


def test_rows_may_come_as_json_beside_the_pictures(caller: Caller) -> None:
    lines = rows(2)
    parts = {key: value for key, value in form(make_press(), lines).items() if key != "sheet"}
    assert send(caller, {**parts, "rows": json.dumps(lines)}).status_code == 202
    assert [item.name for item in Item.objects.order_by("number")] == ["Badge 0", "Badge 1"]


def test_pictures_that_are_in_ipfs_already_are_named_by_rows_as_json(caller: Caller, uploads: Path) -> None:
    folder = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
    lines = [{**line, "image": f"{folder}/a%20{n}.jpg"} for n, line in enumerate(rows(2))]
    answer = caller.post("/collections", {**about(make_press()), "rows": lines})
    assert answer.status_code == 202, answer.content
    assert [asset.media_type for asset in Asset.objects.all()] == ["image/jpeg"] * 2
    preview = caller.get(f"/collections/{answer.json()['id']}/items/1/metadata").json()
    assert preview["image"] == f"{folder}/a%201.jpg"
    assert left(uploads) == []


def test_a_picture_that_no_row_uses_is_not_kept(caller: Caller, uploads: Path) -> None:
    said = send(caller, form(make_press(), rows(1), pictures(2))).json()
    assert (len(said["warnings"]), Asset.objects.get().name, len(left(uploads))) == (1, "0.png", 2)
    assert "1.png" in said["warnings"][0]


def test_the_same_picture_under_two_names_is_one_file(caller: Caller, uploads: Path) -> None:
    send(caller, form(make_press(), rows(2), {"0.png": a_picture(), "1.png": a_picture()}))
    assert (Asset.objects.count(), len(left(uploads))) == (2, 2)


def test_a_row_without_a_wallet_takes_the_default_and_never_anybody_else(caller: Caller) -> None:
    somebody_ = an_address()
    lines = [{**line, "wallet": ""} for line in rows(2)]
    assert fields(send(caller, form(make_press(), lines))) == ["sheet.2.wallet", "sheet.3.wallet"]
    assert send(caller, form(make_press(), lines, default_recipient=somebody_)).status_code == 202
    assert {item.recipient for item in Item.objects.all()} == {somebody_}


def test_a_compressed_collection_shows_what_it_costs(caller: Caller) -> None:
    lines = [{**line, "wallet": somebody()} for line in rows(9)]
    answer = send(caller, form(make_tree_press(), lines))
    assert answer.status_code == 202, answer.content
    plan = answer.json()["plan"]
    assert (plan["depth"], plan["buffer"], plan["capacity"]) == (5, 8, 32)
    assert int(plan["mints"]) == 9 * 90_000
    assert int(plan["total"]) == sum(int(plan[name]) for name in ("rent", "collection", "signatures", "mints"))


# -- what is not -------------------------------------------------------------------------------------------------------------


def test_every_mistake_is_named_by_row_and_column_and_nothing_is_stored(caller: Caller, uploads: Path) -> None:
    """A third of the rows is bad, each in its own way; and so is a picture."""
    lines = rows(9)
    lines[1]["wallet"] = "0x12"
    lines[4]["image"] = "nowhere.png"
    lines[7]["name"] = "=Badge"
    answer = send(caller, form(make_press(), lines, {**pictures(9), "8.png": b"GIF89a, not really"}))
    assert answer.status_code == 400
    found = {(error.get("row"), error.get("column"), error["code"]) for error in answer.json()["errors"]}
    assert found == {
        (3, "wallet", "wallet_bad"), (6, "image", "picture_unknown"), (9, "name", "formula"), (None, None, "broken"),
    }  # fmt: skip
    assert answer.json()["detail"] == "4 mistakes were found, and nothing was stored."
    assert nothing_is_stored(uploads)


@pytest.mark.parametrize(("who", "code"), [(MINTER, "own_wallet"), (CONTRACT, "contract")])
def test_our_own_wallets_and_the_contract_receive_nothing(caller: Caller, uploads: Path, who: str, code: str) -> None:
    lines = rows(2)
    lines[1]["wallet"] = who
    answer = send(caller, form(make_press(), lines))
    (error,) = answer.json()["errors"]
    assert (error["row"], error["code"]) == (3, code)
    assert fields(send(caller, form(make_press(contract=CONTRACT), rows(1), default_recipient=who))) == ["default_recipient"]
    assert nothing_is_stored(uploads)


@pytest.mark.parametrize(
    ("column", "value", "over", "code"),
    [
        ("token_id", "7", {"function": "mintTo(address,string)", "arguments": ["{recipient}", "{uri}"]}, "token_id_unwanted"),
        ("quantity", "2", {}, "quantity_one"),
    ],
)
def test_what_the_call_has_no_place_for_is_refused(
    caller: Caller, column: str, value: str, over: dict[str, Any], code: str
) -> None:
    press = make_press(**over, standard="erc1155")
    answer = send(caller, form(press, rows(1, **{column: value})))
    assert {error["code"] for error in answer.json()["errors"]} == {code}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"press": "nothing"}, "press"),
        ({"royalty": 10_001}, "royalty"),
        ({"creators": [{"address": an_address(), "share": 99}]}, "creators"),
        ({"creators": [{"address": "me", "share": 100}]}, "creators.0.address"),
        ({"default_recipient": "me"}, "default_recipient"),
        ({"external_url": "here"}, "external_url"),
        ({"contract": an_address()}, "contract"),  # a client names a press, never a contract
        ({"wallet": "any"}, "wallet"),
    ],
)
def test_what_is_said_of_it_as_a_whole_is_checked(caller: Caller, uploads: Path, change: dict[str, Any], field: str) -> None:
    assert fields(send(caller, form(make_press(), **change))) == [field]
    assert nothing_is_stored(uploads)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"collection": "{"}, "collection"),
        ({"sheet": None}, "sheet"),
        ({"rows": "[]"}, "rows"),
        ({"surprise": "1"}, "surprise"),
        ({"extra": SimpleUploadedFile("a.bin", b"1")}, "extra"),
        ({"archive": SimpleUploadedFile("a.zip", b"PK")}, "archive"),
    ],
)
def test_a_form_that_is_not_one_is_refused(caller: Caller, uploads: Path, parts: dict[str, Any], field: str) -> None:
    whole = {key: value for key, value in {**form(make_press()), **again(parts)}.items() if value is not None}
    assert field in fields(send(caller, whole))
    assert nothing_is_stored(uploads)


def test_two_names_that_are_one_to_some_computers_are_refused(caller: Caller, uploads: Path) -> None:
    answer = send(caller, form(make_press(), rows(1), {"0.png": a_picture(), "0.PNG": a_picture(1)}))
    assert [error["code"] for error in answer.json()["errors"]] == ["name_twice"]
    assert nothing_is_stored(uploads)


def test_a_zip_that_means_harm_leaves_nothing(caller: Caller, uploads: Path) -> None:
    parts = {
        "collection": json.dumps(about(make_press())),
        "archive": SimpleUploadedFile("a.zip", a_zip({"../a.csv": b"name"})),
    }
    assert fields(send(caller, parts)) == ["archive"]
    assert nothing_is_stored(uploads)


def test_a_closed_press_takes_nothing(caller: Caller, uploads: Path) -> None:
    answer = send(caller, form(make_press(is_open=False)))
    assert (answer.status_code, answer.json()["code"]) == (409, "press_closed")
    assert nothing_is_stored(uploads)


def test_a_contract_has_one_folder(caller: Caller, uploads: Path) -> None:
    press = make_press(base_uri_function="setBaseURI(string)")
    assert send(caller, form(press)).status_code == 202
    answer = send(caller, form(press))
    assert (answer.status_code, answer.json()["code"]) == (409, "contract_taken")


@override_settings(UPLOAD_MAX_SIZE=1000)
def test_what_is_too_large_is_not_read(caller: Caller, uploads: Path) -> None:
    assert send(caller, form(make_press())).status_code == 413
    assert nothing_is_stored(uploads)


@override_settings(PICTURE_MAX_SIZE=20)
def test_a_picture_that_is_too_large_is_named(caller: Caller) -> None:
    assert [error["code"] for error in send(caller, form(make_press(), rows(1))).json()["errors"]] == ["too_large"]


# -- again -------------------------------------------------------------------------------------------------------------------


def test_the_same_key_and_bytes_give_the_same_collection(caller: Caller, uploads: Path) -> None:
    parts = form(make_press())
    first, second = send(caller, parts, key="K"), send(caller, again(parts), key="K")
    assert (second.status_code, second["Idempotent-Replayed"], second.json()["id"]) == (202, "true", first.json()["id"])
    assert (Collection.objects.count(), len(list(uploads.iterdir()))) == (1, 1)


@pytest.mark.parametrize("change", ["sheet", "picture", "name"])
def test_the_same_key_with_other_bytes_is_refused(caller: Caller, uploads: Path, change: str) -> None:
    press, lines, files = make_press(), rows(2), pictures(2)
    assert send(caller, form(press, lines, files), key="K").status_code == 202
    other = {
        "sheet": lambda: form(press, rows(2), files),
        "picture": lambda: form(press, lines, {**files, "1.png": a_picture(9)}),
        "name": lambda: form(press, lines, files, name="Others"),
    }[change]()
    answer = send(caller, other, key="K")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (Collection.objects.count(), len(list(uploads.iterdir()))) == (1, 1)


def test_an_external_id_is_taken_once_a_client(caller: Caller) -> None:
    assert send(caller, form(make_press(), external_id="autumn")).status_code == 202
    answer = send(caller, form(make_press(), external_id="autumn"))
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")
    assert send(make_caller(), form(make_press(), external_id="autumn")).status_code == 202


def test_what_a_crash_left_behind_is_swept_away(uploads: Path) -> None:
    caller = make_caller()
    send(caller, form(make_press()))
    orphan = staging.begin(make_press().pk)
    for each in uploads.iterdir():
        os.utime(each, (0, 0))
    assert sweep() == 1
    assert [each.name for each in uploads.iterdir()] == [str(Collection.objects.get().pk)]
    assert not orphan.exists()
