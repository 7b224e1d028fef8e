"""One node client a network, wherever in the process it is asked for; and the list of URLs behind it."""

import pytest
from django.core.exceptions import ValidationError

from chain import nodes, rpc_urls
from chain.models import Network

ONE, TWO = "https://one.example/key", "https://two.example/key"


def network(urls: str, chain_id: int = 5) -> Network:
    return Network(rpc_urls=urls, chain_id=chain_id)


def test_the_same_network_has_the_same_node() -> None:
    assert nodes.node_for(network(ONE)) is nodes.node_for(network(ONE))


def test_changed_urls_make_a_new_node() -> None:
    assert nodes.node_for(network(ONE)) is not nodes.node_for(network(TWO))


def test_a_changed_chain_id_makes_a_new_node() -> None:
    assert nodes.node_for(network(ONE)) is not nodes.node_for(network(ONE, chain_id=6))


def test_urls_come_one_a_line() -> None:
    assert rpc_urls.resolve(f" {ONE} \n\n{TWO}\n") == [ONE, TWO]


def test_a_line_may_stand_for_a_variable_with_secret_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_RPC", f"{ONE}, {TWO}")
    assert rpc_urls.resolve("env:BASE_RPC") == [ONE, TWO]


def test_an_unset_variable_stands_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASE_RPC", raising=False)
    assert rpc_urls.resolve(f"env:BASE_RPC\n{TWO}") == [TWO]


@pytest.mark.parametrize("text", [ONE, "http://127.0.0.1:8545", "env:BASE_RPC", f"{ONE}\nenv:BASE_RPC"])
def test_urls_and_variables_are_accepted(text: str) -> None:
    rpc_urls.validate(text)


@pytest.mark.parametrize("text", ["", " \n", "one.example", "ftp://one.example", "https://", f"{ONE}\nnonsense"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rpc_urls.validate(text)
