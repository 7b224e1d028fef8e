"""The real programs in this process, from the folder that SOLANA_PROGRAMS_DIR names (docs/solana.md)."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account
from solders.transaction import Transaction
from solders.transaction_metadata import TransactionMetadata

from chain.solana import bubblegum, ids
from chain.solana.trees import Shape

FILES = {
    ids.BUBBLEGUM: "mpl_bubblegum.so",
    ids.SPL_COMPRESSION: "spl_account_compression.so",
    ids.SPL_NOOP: "spl_noop.so",
    ids.MPL_COMPRESSION: "mpl_account_compression.so",
    ids.MPL_NOOP: "mpl_noop.so",
    ids.TOKEN_METADATA: "mpl_token_metadata.so",
    ids.CORE: "mpl_core.so",
}
FOLDER = os.environ.get("SOLANA_PROGRAMS_DIR")
needs_programs = pytest.mark.skipif(not FOLDER, reason="SOLANA_PROGRAMS_DIR names no folder with the real programs")


class Bank:
    """LiteSVM with the programs and one funded wallet."""

    def __init__(self) -> None:
        assert FOLDER
        self.svm = LiteSVM()
        for program, file in FILES.items():
            self.svm.add_program_from_file(program, Path(FOLDER) / file)
        self.wallet = Keypair.from_seed(bytes([7]) * 32)
        self.me = self.wallet.pubkey()
        self.svm.airdrop(self.me, 10**12)

    def send(self, instructions: Sequence[Instruction], *signers: Keypair) -> TransactionMetadata:
        message = Message.new_with_blockhash(instructions, self.me, self.svm.latest_blockhash())
        result = self.svm.send_transaction(Transaction([self.wallet, *signers], message, self.svm.latest_blockhash()))
        assert isinstance(result, TransactionMetadata), (result.err(), result.meta().logs())
        return result

    def tree(self, shape: Shape, *, v2: bool) -> Pubkey:
        key, program = Keypair(), ids.MPL_COMPRESSION if v2 else ids.SPL_COMPRESSION
        rent = self.svm.minimum_balance_for_rent_exemption(shape.size)
        params = CreateAccountParams(
            from_pubkey=self.me, to_pubkey=key.pubkey(), lamports=rent, space=shape.size, owner=program
        )
        create = bubblegum.create_tree_v2 if v2 else bubblegum.create_tree
        self.send([create_account(params), create(key.pubkey(), self.me, shape.depth, shape.buffer)], key)
        return key.pubkey()

    def data(self, key: Pubkey) -> bytes:
        account = self.svm.get_account(key)
        assert account is not None
        return account.data


def noop_calls(meta: TransactionMetadata, keys: Sequence[Pubkey]) -> list[bytes]:
    """The data of the calls to noop inside a transaction."""
    noops = {ids.SPL_NOOP, ids.MPL_NOOP}
    inner = [call.instruction() for group in meta.inner_instructions() for call in group]
    return [call.data() if callable(call.data) else call.data for call in inner if keys[call.program_id_index] in noops]
