"""Packing by size, and what error codes ask for."""

import pytest
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.transaction import VersionedTransaction

from chain.solana import bubblegum, errors, packing
from chain.solana.bubblegum import Mint
from chain.solana.errors import Remedy
from chain.solana.metadata import Creator, Metadata

WALLET = Keypair.from_seed(bytes([7]) * 32)
ME = WALLET.pubkey()
BUDGET = [set_compute_unit_limit(400_000), set_compute_unit_price(1)]


def _mint(row: int, uri: int) -> Instruction:
    item = Metadata("Farm Badge #1234", "FARM", "u" * uri, 500, (Creator(ME, 100),))
    owner = Keypair.from_seed(row.to_bytes(32, "big")).pubkey()
    return bubblegum.mint_v1(Mint(Keypair.from_seed(bytes(32)).pubkey(), ME, ME, owner, item))


def test_four_usual_mints_fit_and_none_is_lost() -> None:
    mints = [_mint(row, 76) for row in range(10)]
    groups = list(packing.pack(ME, BUDGET, mints))
    assert [len(group) for group in groups] == [4, 4, 2]
    assert [mint for group in groups for mint in group] == mints


def test_the_size_is_that_of_the_signed_transaction() -> None:
    instructions = [*BUDGET, _mint(1, 76)]
    message = MessageV0.try_compile(ME, instructions, [], Hash.default())
    assert packing.size(ME, instructions) == len(bytes(VersionedTransaction(message, [WALLET])))


def test_what_never_fits_is_said() -> None:
    with pytest.raises(packing.TooLarge, match="1232 bytes"):
        list(packing.pack(ME, BUDGET, [_mint(1, 76), _mint(2, 1000)]))


@pytest.mark.parametrize(("code", "wanted"), [(6012, Remedy.ROW), (6017, Remedy.PERSON), (9999, Remedy.PERSON)])
def test_a_code_names_who_can_mend_it(code: int, wanted: Remedy) -> None:
    assert errors.fault({"InstructionError": [3, {"Custom": code}]}).remedy == wanted
