"""The audit command: three forms, three exit codes."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from orders.audit.codes import OrderCode
from tests.chain.rpc_server import Reset
from tests.commands.conftest import Ran
from tests.factories import make_claim
from tests.forge import forge
from tests.orders.conftest import Desk
from tests.orders.conftest import desk as desk  # noqa: PLC0414 - a desk on a model chain

Run = Callable[..., Ran]


@pytest.fixture
def spoilt(desk: Desk) -> Desk:
    claim = make_claim(desk.reward)
    desk.finish()
    forge(claim, token_ids=[99])
    return desk


def test_nothing_found_is_0(desk: Desk, run: Run) -> None:
    make_claim(desk.reward)
    desk.finish()
    ran = run("audit")
    assert (ran.code, ran.err) == (0, "")
    assert "Nothing was found" in ran.out
    assert run("audit", "--json").out == ""


def test_anything_found_is_1_and_a_line_of_a_table(spoilt: Desk, run: Run) -> None:
    ran = run("audit")
    assert ran.code == 1
    assert "wrong_token" in ran.out
    assert "1 found" in ran.out


def test_json_has_a_finding_a_line(spoilt: Desk, run: Run) -> None:
    ran = run("audit", "--wallet", spoilt.wallet.name, "--json")
    (line,) = ran.out.splitlines()
    found = json.loads(line)
    assert (ran.code, found["code"], found["severity"], found["wallet"]) == (
        1,
        OrderCode.WRONG_TOKEN,
        "critical",
        spoilt.wallet.name,
    )
    assert found["evidence"]["stored"] == ["99"]


def test_csv_has_names_and_a_finding_a_line(spoilt: Desk, run: Run) -> None:
    ran = run("audit", "--csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert (ran.code, row["code"], json.loads(row["evidence"])["stored"]) == (1, "wrong_token", ["99"])


def test_blocks_before_the_given_one_are_not_looked_at(spoilt: Desk, run: Run) -> None:
    assert run("audit", "--from-block", 2).code == 0
    assert run("audit", "--from-block", 0).code == 1


@pytest.mark.parametrize(
    "arguments", [["--wallet", "nobody"], ["--from-block", "-1"], ["--from-block", "x"], ["--json", "--csv"]]
)
def test_bad_arguments_are_2_and_one_line(desk: Desk, run: Run, arguments: list[str]) -> None:
    ran = run("audit", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_a_dead_node_is_1_and_never_clean(run: Run, desk: Desk) -> None:
    desk.chain.fail(Reset())
    ran = run("audit")
    assert (ran.code, "incomplete" in ran.out) == (1, True)
