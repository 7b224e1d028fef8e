"""From what is wanted (`chain.solana.wanted`) to Bubblegum's instructions, and from the leaves that came of them back."""

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from chain.solana import bubblegum
from chain.solana.bubblegum import Mint
from chain.solana.leaves import Place, leaf_v1, leaf_v2
from chain.solana.metadata import Creator, Metadata
from chain.solana.minted import Minted
from chain.solana.wanted import Leaf, Program

_BUILD = {
    Program.MINT_V1: bubblegum.mint_v1,
    Program.MINT_TO_COLLECTION_V1: bubblegum.mint_to_collection_v1,
    Program.MINT_V2: bubblegum.mint_v2,
    Program.MINT_V2_TO_CORE: bubblegum.mint_v2,
}


def instruction(leaf: Leaf, wallet: str, tree: str, collection: str) -> Instruction:
    """Paid for and authorised by the wallet. Raises ValueError for what cannot be one."""
    payer = Pubkey.from_string(wallet)
    return _BUILD[leaf.program](
        Mint(Pubkey.from_string(tree), payer, payer, Pubkey.from_string(leaf.owner), _item(leaf, collection))
    )


def is_leaf(leaf: Leaf, tree: str, collection: str, minted: Minted) -> bool:
    """Whether what the chain reports is this very leaf: hash, owner and all."""
    owner = Pubkey.from_string(leaf.owner)
    hashed = leaf_v1 if leaf.program.version == 1 else leaf_v2
    return minted.leaf == hashed(Place(Pubkey.from_string(tree), minted.index, owner, owner), _item(leaf, collection))


def _item(leaf: Leaf, collection: str) -> Metadata:
    creators = tuple(Creator(Pubkey.from_string(each.address), each.share) for each in leaf.creators)
    filed = Pubkey.from_string(collection) if collection else None
    return Metadata(leaf.name, leaf.symbol, leaf.uri, leaf.royalty, creators, filed)
