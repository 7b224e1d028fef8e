"""URLs that somebody configured lead nowhere they must not: not when saved, and not when a name means another address later."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import override_settings

from chain import rpc_urls, urls
from chain.errors import RpcUnavailable
from chain.evm import endpoint
from chain.evm.connections import Pool
from chain.evm.node import Node
from chain.models import Network
from chain.states import Environment
from chain.urls import Target, Trust, UrlRefused
from tests.chain.rpc_server import Http, RpcServer
from tests.factories import make_network

CHAIN = 31337
PUBLIC = "93.184.215.14"
EVERYBODY = list(Trust)

# Each reaches loopback, a private network or a metadata service on some machine.
PRIVATE = [
    "https://127.0.0.1", "https://127.8.9.1:8545", "https://[::1]", "https://0.0.0.0", "https://[::]",
    "https://10.0.0.5", "https://172.16.0.1", "https://172.31.255.254", "https://192.168.1.1", "https://100.64.0.1",
    "https://[fc00::1]", "https://[fd12:3456::1]", "https://[::ffff:127.0.0.1]", "https://[::ffff:10.0.0.1]",
    "https://[2002:7f00:1::]", "https://[2002:c0a8:101::1]", "https://[64:ff9b::7f00:1]", "https://[64:ff9b:1::a00:1]",
    "https://[::127.0.0.1]", "https://[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "https://224.0.0.1", "https://[ff02::1]",
    "https://240.0.0.1", "https://255.255.255.255", "https://198.18.0.1", "https://192.0.2.1",
]  # fmt: skip
METADATA = [
    "https://169.254.169.254/latest/meta-data", "http://169.254.170.2/v2", "https://[fd00:ec2::254]", "https://100.100.100.200",
    "https://192.0.0.192", "https://168.63.129.16", "https://[fe80::1]", "https://[::ffff:169.254.169.254]",
    "https://[2002:a9fe:a9fe::]", "https://[64:ff9b::a9fe:a9fe]", "https://metadata.google.internal", "https://METADATA.",
]  # fmt: skip
DISGUISED = [
    "https://2130706433", "https://0x7f000001", "https://0x7f.1", "https://0177.0.0.1", "https://127.1", "https://0",
    "https://127.0.0.0x1", "https://1.2.3.4.5", "https://127.0.0.1.", "https://\uff11\uff12\uff17.0.0.1", "https://\u2460.\u2461",
]  # fmt: skip
MALFORMED = [
    "", "node.example", "ftp://node.example", "file:///etc/passwd", "gopher://node.example", "https://", "https:///path",
    "https://good.example\\@127.0.0.1", "https://good.example @127.0.0.1", "https://good.example:99999", "https://a..example",
    "https://[::1", "https://node.example\n", "https://-", "https://node.ex*mple", "//node.example", "javascript:alert(1)",
]  # fmt: skip


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What each name means; the test may change it as a name server of an attacker's would."""
    known: dict[str, list[str]] = {}

    def lookup(host: str, port: int) -> Iterator[str]:
        if host not in known:
            raise OSError
        yield from known[host]

    monkeypatch.setattr(urls, "lookup", lookup)
    return known


def vet(url: str, trust: Trust = Trust.STAFF) -> None:
    urls.vet(Target(url, trust))


# -- what staff may type -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [*PRIVATE, *METADATA, *DISGUISED, *MALFORMED])
def test_staff_cannot_name_what_is_not_public(url: str) -> None:
    with pytest.raises(UrlRefused):
        vet(url)


@pytest.mark.parametrize(
    "url", ["https://93.184.215.14/key", "https://[2606:2800:21f:cb07::1]:8545", "https://u:p@93.184.215.14"]
)
def test_a_public_address_is_fine(url: str) -> None:
    vet(url)


def test_staff_use_https() -> None:
    with pytest.raises(UrlRefused, match="https"):
        vet(f"http://{PUBLIC}")


@pytest.mark.parametrize("port", [22, 25, 53, 111, 389, 445, 587])
def test_the_port_of_another_service_is_refused(port: int) -> None:
    with pytest.raises(UrlRefused, match="another service"):
        vet(f"https://{PUBLIC}:{port}")


def test_a_name_is_judged_by_what_it_means(names: dict[str, list[str]]) -> None:
    names["node.example"] = [PUBLIC]
    vet("https://node.example/key")
    names["node.example"] = [PUBLIC, "10.0.0.1"]  # one of several is enough
    with pytest.raises(UrlRefused, match="not a public address"):
        vet("https://node.example/key")


def test_a_name_that_means_nothing_yet_may_be_saved(names: dict[str, list[str]]) -> None:
    vet("https://not-there-yet.example")


def test_a_refusal_keeps_the_secret_part_to_itself(names: dict[str, list[str]]) -> None:
    names["node.example"] = ["10.0.0.1"]
    with pytest.raises(UrlRefused) as caught:
        vet("https://user:s3cret@node.example/v3/k3y?token=t0ken")
    assert not [secret for secret in ("s3cret", "k3y", "t0ken") if secret in str(caught.value)]
    assert "k3y" not in repr(Target("https://node.example/k3y"))


# -- what is allowed beyond ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://10.0.0.5:8545", "https://10.0.0.5", "http://[fd12::5]:8545", "http://geth:8545"])
@override_settings(ALLOWED_PRIVATE_HOSTS=["10.0.0.0/24", " geth ", "fd12::/16"])
def test_the_operator_names_hosts_and_ranges_of_the_private_network(url: str, names: dict[str, list[str]]) -> None:
    names["geth"] = ["172.18.0.3"]
    vet(url)


@pytest.mark.parametrize("url", ["http://10.0.1.5:8545", "http://geth2:8545", "https://172.18.0.3"])
@override_settings(ALLOWED_PRIVATE_HOSTS=["10.0.0.0/24", "geth"])
def test_nothing_else_of_it_is_allowed(url: str) -> None:
    with pytest.raises(UrlRefused):
        vet(url)


def test_the_own_machine_is_for_development(names: dict[str, list[str]]) -> None:
    names["localhost"] = ["127.0.0.1", "::1"]
    vet("http://127.0.0.1:8545", Trust.DEVELOPMENT)
    vet("http://localhost:8545", Trust.DEVELOPMENT)
    with pytest.raises(UrlRefused):
        vet("http://10.0.0.1:8545", Trust.DEVELOPMENT)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8545", "http://10.0.0.1", "http://192.168.0.1:22"])
def test_a_url_from_the_environment_is_the_operators_own_word(url: str) -> None:
    vet(url, Trust.OPERATOR)


@pytest.mark.parametrize("trust", EVERYBODY)
@pytest.mark.parametrize("url", METADATA)
@override_settings(ALLOWED_PRIVATE_HOSTS=["0.0.0.0/0", "::/0", "metadata.google.internal", "metadata"])
def test_metadata_services_are_for_nobody(url: str, trust: Trust) -> None:
    with pytest.raises(UrlRefused):
        vet(url, trust)


@pytest.mark.parametrize("trust", EVERYBODY)
@override_settings(ALLOWED_PRIVATE_HOSTS=["node.example"])
def test_not_even_by_another_name(names: dict[str, list[str]], trust: Trust) -> None:
    names["node.example"] = ["169.254.169.254"]
    with pytest.raises(UrlRefused):
        vet("https://node.example", trust)


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "127.1", "a b", "http://geth"])
def test_a_wrong_entry_of_the_list_is_an_error(entry: str) -> None:
    with override_settings(ALLOWED_PRIVATE_HOSTS=[entry]), pytest.raises(ValueError, match=r"."):
        vet("https://10.0.0.1")


# -- where they are saved -------------------------------------------------------------------------------------------------


def network(text: str, environment: Environment = Environment.MAINNET) -> Network:
    return Network(name="n", chain_id=777, rpc_urls=text, environment=environment)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8545", f"https://{PUBLIC}\nhttps://10.0.0.1"])
def test_a_network_with_a_forbidden_node_is_not_saved(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        network(text).clean()
    assert list(caught.value.message_dict) == ["rpc_urls"]


def test_a_development_network_may_be_on_the_own_machine() -> None:
    network("http://127.0.0.1:8545", Environment.DEVELOPMENT).clean()


@pytest.mark.django_db
def test_not_even_sql_makes_a_chain_of_real_money_a_development_network() -> None:
    make_network(chain_id=1, environment=Environment.MAINNET)
    with pytest.raises(IntegrityError, match="network_of_real_money_is_no_development"):
        Network.objects.update(environment=Environment.DEVELOPMENT)


@pytest.mark.django_db
def test_a_chain_of_real_money_is_never_a_development_network() -> None:
    mainnet = Network(name="n", chain_id=1, rpc_urls="env:NODES", environment=Environment.DEVELOPMENT)
    with pytest.raises(ValidationError, match="real money"):
        mainnet.full_clean()


def test_a_variable_may_name_a_private_node_but_no_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODES", "http://10.0.0.1:8545")
    rpc_urls.vet_all("env:NODES", development=False)
    monkeypatch.setenv("NODES", "http://169.254.169.254")
    with pytest.raises(ValidationError):
        rpc_urls.vet_all("env:NODES", development=False)


# -- when they are connected to --------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer(eth_gasPrice="0x7") as running:
        yield running


def node_at(server: RpcServer, host: str, trust: Trust = Trust.STAFF, scheme: str = "http") -> Node:
    url = server.url.replace("127.0.0.1", host).replace("http://", f"{scheme}://")
    return Node([Target(url, trust)], CHAIN)


def test_a_name_that_comes_to_mean_another_address_is_not_followed(server: RpcServer, names: dict[str, list[str]]) -> None:
    names["node.example"] = [PUBLIC]
    node = node_at(server, "node.example", scheme="https")
    vet("https://node.example:8545")
    names["node.example"] = ["127.0.0.1"]
    with pytest.raises(RpcUnavailable, match=r"node\.example is not a public address"):
        node.request("eth_gasPrice", [])
    assert server.posts == []


@override_settings(ALLOWED_PRIVATE_HOSTS=["node.example"])
def test_the_address_that_was_checked_is_the_one_connected_to(server: RpcServer, names: dict[str, list[str]]) -> None:
    names["node.example"] = ["127.0.0.1"]
    assert node_at(server, "node.example").request("eth_gasPrice", []) == "0x7"


@override_settings(ALLOWED_PRIVATE_HOSTS=["node.example"])
def test_a_host_with_a_dead_address_is_reached_by_the_next(server: RpcServer, names: dict[str, list[str]]) -> None:
    names["node.example"] = ["::1", "127.0.0.1"]
    assert node_at(server, "node.example").request("eth_gasPrice", []) == "0x7"


def test_a_name_without_an_address_is_a_fault(server: RpcServer, names: dict[str, list[str]]) -> None:
    with pytest.raises(RpcUnavailable):
        node_at(server, "node.example", Trust.OPERATOR).request("eth_gasPrice", [])


def test_metadata_is_not_connected_to_even_for_the_operator() -> None:
    with pytest.raises(RpcUnavailable, match="is not asked"):
        Node(["http://169.254.169.254/"], CHAIN).request("eth_gasPrice", [])


def test_a_url_that_came_past_the_page_is_refused_all_the_same(server: RpcServer) -> None:
    with pytest.raises(RpcUnavailable, match="is not asked"):
        node_at(server, "127.0.0.1").request("eth_gasPrice", [])
    assert server.posts == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: RpcServer, status: int) -> None:
    server.fault = Http(status)
    with pytest.raises(RpcUnavailable, match=f"HTTP {status}"):
        node_at(server, "127.0.0.1", Trust.OPERATOR).request("eth_gasPrice", [])
    assert len(server.posts) == 1


def test_an_endless_answer_is_cut_off(server: RpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_LONGEST_ANSWER", 1000)
    server.script["eth_gasPrice"] = "0x" + "7" * 5000
    with pytest.raises(RpcUnavailable, match="more than"):
        node_at(server, "127.0.0.1", Trust.OPERATOR).request("eth_gasPrice", [])


def test_user_and_password_of_a_url_are_sent_as_such(server: RpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    real = Pool.urlopen

    def noting(pool: Pool, method: str, url: str, **kwargs: Any) -> Any:
        seen.append((url, kwargs["headers"]["authorization"]))
        return real(pool, method, url, **kwargs)

    monkeypatch.setattr(Pool, "urlopen", noting)
    node_at(server, "us%40er:p%2Fw@127.0.0.1", Trust.OPERATOR).request("eth_gasPrice", [])
    assert seen[0] == ("/v3/secret-key", "Basic dXNAZXI6cC93")
