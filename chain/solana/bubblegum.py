"""Bubblegum's instructions, byte for byte as the official client writes them. An absent account is Bubblegum's own id."""

from dataclasses import dataclass

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from chain.solana import borsh, ids
from chain.solana.metadata import Metadata

_ABSENT = AccountMeta(ids.BUBBLEGUM, is_signer=False, is_writable=False)


@dataclass(frozen=True, slots=True)
class Mint:
    """One item for one owner. `authority` is the tree's creator or delegate and, with a collection, the collection's."""

    tree: Pubkey
    payer: Pubkey
    authority: Pubkey
    owner: Pubkey
    item: Metadata
    delegate: Pubkey | None = None

    @property
    def leaf_delegate(self) -> Pubkey:
        return self.delegate or self.owner


def create_tree(tree: Pubkey, payer: Pubkey, depth: int, buffer: int) -> Instruction:
    """A tree of the first version, in which only its creator mints. Its account must exist, empty."""
    return _create("create_tree", tree, payer, (depth, buffer), (ids.SPL_NOOP, ids.SPL_COMPRESSION))


def create_tree_v2(tree: Pubkey, payer: Pubkey, depth: int, buffer: int) -> Instruction:
    """The same for mint_v2."""
    return _create("create_tree_v2", tree, payer, (depth, buffer), (ids.MPL_NOOP, ids.MPL_COMPRESSION))


def mint_v1(mint: Mint) -> Instruction:
    """Without a collection. Raises ValueError if the item has one: the program refuses that (6020)."""
    if mint.item.collection is not None:
        raise ValueError("mint_v1 takes no collection.")
    return _instruction("mint_v1", mint.item.encode_v1(), [*_mint_head(mint), *_programs()])


def mint_to_collection_v1(mint: Mint) -> Instruction:
    """Into a collection of token-metadata. Raises ValueError without one."""
    if (collection := mint.item.collection) is None:
        raise ValueError("mint_to_collection_v1 needs a collection.")
    accounts = [
        *_mint_head(mint),
        _read(mint.authority, signs=True),
        _ABSENT,  # the record of a delegated collection authority
        _read(collection),
        _write(ids.metadata(collection)),
        _read(ids.master_edition(collection)),
        _ABSENT,  # Bubblegum's signer of old
        _read(ids.SPL_NOOP),
        _read(ids.SPL_COMPRESSION),
        _ABSENT,  # token-metadata: no longer called
        _read(ids.SYSTEM),
    ]
    return _instruction("mint_to_collection_v1", mint.item.encode_v1(), accounts)


def mint_v2(mint: Mint) -> Instruction:
    """With or without a Core collection."""
    collection = mint.item.collection
    accounts = [
        _write(ids.tree_config(mint.tree)),
        _write(mint.payer, signs=True),
        _read(mint.authority, signs=True),
        _ABSENT if collection is None else _read(mint.authority, signs=True),
        _read(mint.owner),
        _ABSENT if mint.delegate is None else _read(mint.delegate),
        _write(mint.tree),
        _ABSENT if collection is None else _write(collection),
        _ABSENT if collection is None else _read(ids.CORE_CPI_SIGNER),
        *(_read(key) for key in (ids.MPL_NOOP, ids.MPL_COMPRESSION, ids.CORE, ids.SYSTEM)),
    ]
    no_data, no_schema = b"\x00", b"\x00"
    return _instruction("mint_v2", mint.item.encode_v2() + no_data + no_schema, accounts)


def verify_leaf(program: Pubkey, tree: Pubkey, root: bytes, leaf: bytes, index: int, *, proof: list[bytes]) -> Instruction:
    """Asks a compression program whether the leaf is in the tree: it fails if not. `index` is a u32."""
    data = borsh.discriminator("verify_leaf") + root + leaf + borsh.u32(index)
    return Instruction(program, data, [_read(tree), *(_read(Pubkey.from_bytes(node)) for node in proof)])


def _create(name: str, tree: Pubkey, payer: Pubkey, size: tuple[int, int], programs: tuple[Pubkey, Pubkey]) -> Instruction:
    for_everyone = borsh.option(False, borsh.boolean)
    accounts = [
        _write(ids.tree_config(tree)),
        _write(tree),
        _write(payer, signs=True),
        _read(payer, signs=True),
        *map(_read, programs),
        _read(ids.SYSTEM),
    ]
    return _instruction(name, borsh.u32(size[0]) + borsh.u32(size[1]) + for_everyone, accounts)


def _mint_head(mint: Mint) -> list[AccountMeta]:
    return [
        _write(ids.tree_config(mint.tree)),
        _read(mint.owner),
        _read(mint.leaf_delegate),
        _write(mint.tree),
        _read(mint.payer, signs=True),
        _read(mint.authority, signs=True),
    ]


def _programs() -> list[AccountMeta]:
    return [_read(ids.SPL_NOOP), _read(ids.SPL_COMPRESSION), _read(ids.SYSTEM)]


def _instruction(name: str, arguments: bytes, accounts: list[AccountMeta]) -> Instruction:
    return Instruction(ids.BUBBLEGUM, borsh.discriminator(name) + arguments, accounts)


def _read(key: Pubkey, *, signs: bool = False) -> AccountMeta:
    return AccountMeta(key, signs, is_writable=False)


def _write(key: Pubkey, *, signs: bool = False) -> AccountMeta:
    return AccountMeta(key, signs, is_writable=True)
