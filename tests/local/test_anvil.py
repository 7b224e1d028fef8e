from pathlib import Path

import pytest

from local.anvil import Anvil, AnvilError, binary


def test_it_answers_with_the_chosen_chain_id() -> None:
    with Anvil(chain_id=4242) as anvil:
        assert anvil.request("eth_chainId") == hex(4242)


def test_options_reach_the_chain() -> None:
    with Anvil(gas_limit=16_777_216, base_fee=7, accounts=3) as anvil:
        head = anvil.request("eth_getBlockByNumber", "latest", False)
        assert head["gasLimit"] == hex(16_777_216)
        assert head["baseFeePerGas"] == hex(7)
        assert len(anvil.request("eth_accounts")) == 3


def test_a_block_is_final_two_blocks_later(chain: Anvil) -> None:
    chain.request("anvil_mine", "0x5")
    head = int(chain.request("eth_blockNumber"), 16)
    final = chain.request("eth_getBlockByNumber", "finalized", False)
    assert head - int(final["number"], 16) == 2


def test_an_error_of_the_chain_is_raised(anvil: Anvil) -> None:
    with pytest.raises(AnvilError, match="eth_nonsense"):
        anvil.request("eth_nonsense")


def test_nothing_answers_after_stop() -> None:
    anvil = Anvil().start()
    anvil.stop()
    anvil.stop()
    assert not anvil.answers()


def test_a_taken_port_is_reported(anvil: Anvil) -> None:
    with pytest.raises(AnvilError, match="did not answer"):
        Anvil(port=anvil.port, chain_id=999).start()


def test_anvil_bin_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANVIL_BIN", "/elsewhere/anvil")
    assert binary() == Path("/elsewhere/anvil")


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_sees_an_untouched_chain(chain: Anvil, number: int) -> None:
    """Both runs start from the same block, whatever the other one mined."""
    assert chain.request("eth_blockNumber") == "0x0"
    chain.request("anvil_mine", hex(number))
