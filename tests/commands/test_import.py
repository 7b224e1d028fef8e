"""import_claims: a sheet becomes orders, once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from claims.models import Claim
from orders.models import Client, Order
from tests.commands.conftest import Ran
from tests.factories import an_address, make_reward

Run = Callable[..., Ran]
Sheet = Callable[..., Path]

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """A file with this header and these lines."""

    def write(*lines: str, header: str = "recipient,quantity,external_id") -> Path:
        path = tmp_path / "claims.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        return path

    return write


def test_lines_become_claims(sheet: Sheet, run: Run) -> None:
    reward, people = make_reward(), [an_address(), an_address()]
    ran = run("import_claims", sheet(f"{people[0]},2,a", f"{people[1]},,b"), "--reward", reward.pk)
    assert (ran.code, ran.out) == (0, "2 lines: 2 imported, 0 imported before, 0 bad\n")
    claims = Claim.objects.filter(reward=reward).order_by("order__external_id")
    assert [(claim.recipient, claim.quantity) for claim in claims] == [(people[0], 2), (people[1], 1)]


def test_the_same_file_twice_imports_once(sheet: Sheet, run: Run) -> None:
    path, reward = sheet(*(f"{an_address()},1," for _ in range(3))), make_reward()
    run("import_claims", path, "--reward", reward.pk)
    ran = run("import_claims", path, "--reward", reward.pk)
    assert (ran.code, ran.out) == (0, "3 lines: 0 imported, 3 imported before, 0 bad\n")
    assert Order.objects.count() == 3


def test_the_same_file_for_another_reward_is_another_import(sheet: Sheet, run: Run) -> None:
    path = sheet(f"{an_address()},1,")
    for _ in range(2):
        run("import_claims", path, "--reward", make_reward().pk)
    assert Order.objects.count() == 2


def test_an_import_that_was_cut_off_goes_on_where_it_stopped(sheet: Sheet, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.sheet.CHUNK", 2)
    path, reward = sheet(*(f"{an_address()},1,{number}" for number in range(5))), make_reward()
    run("import_claims", path, "--reward", reward.pk)
    last = Order.objects.get(external_id="4")
    assert run("import_claims", path, "--reward", reward.pk).out.startswith("5 lines: 0 imported, 5 imported before")
    assert (Order.objects.count(), Order.objects.get(external_id="4")) == (5, last)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0x0000000000000000000000000000000000000000,1,x", "recipient: The zero address"),
        ("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96046,1,x", "recipient: The address fails its checksum"),
        ("{},0,x", "quantity:"),
        ("{},1.5,x", "quantity:"),
        ("{},1,x,more", "line: It has more cells"),
        (",1,x", "recipient:"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_imported(sheet: Sheet, run: Run, line: str, says: str) -> None:
    path = sheet(f"{an_address()},1,good", line.format(an_address()))
    ran = run("import_claims", path, "--reward", make_reward().pk)
    assert (ran.code, Order.objects.get().external_id) == (1, "good")
    assert ran.out.startswith(f"line 3: {says}")


def test_a_dry_run_checks_and_stores_nothing(sheet: Sheet, run: Run) -> None:
    ran = run("import_claims", sheet(f"{an_address()},1,", "nobody,1,"), "--reward", make_reward().pk, "--dry-run")
    assert "2 lines: 1 good, 0 imported before, 1 bad" in ran.out
    assert (Order.objects.count(), Client.objects.count()) == (0, 0)


def test_orders_belong_to_the_client_that_is_named(sheet: Sheet, run: Run) -> None:
    shop = Client.objects.create(name="shop")
    run("import_claims", sheet(f"{an_address()},1,"), "--reward", make_reward().pk, "--client", "shop")
    assert Order.objects.get().client == shop


@pytest.mark.parametrize("header", ["recipient,amount", "quantity,token_id", ""])
def test_a_header_that_nobody_knows_is_one_line_and_exit_code_2(sheet: Sheet, run: Run, header: str) -> None:
    ran = run("import_claims", sheet("x,1", header=header), "--reward", make_reward().pk)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("what", ["no file", "no reward", "no client", "no text"])
def test_what_cannot_be_found_or_read_is_one_line_and_exit_code_2(sheet: Sheet, run: Run, what: str) -> None:
    path = sheet(f"{an_address()},1,")
    if what == "no text":
        path.write_bytes(b"recipient\n\xff\xfe\n")
    file = path.with_name("gone.csv") if what == "no file" else path
    reward = "cs_gone" if what == "no reward" else make_reward().pk
    ran = run("import_claims", file, "--reward", reward, *(("--client", "gone") if what == "no client" else ()))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
