"""The scenes of the first version: every instruction that we send, every error that it can end in, trees of several shapes."""

from dataclasses import replace

from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from chain.solana import bubblegum, collections, ids
from chain.solana.bubblegum import Mint
from chain.solana.metadata import Creator, Metadata
from chain.solana.trees import Shape
from tests.solana.script import ME, OTHER, POOR, Script, address, changed, key, unsigned

SMALL, LARGE = Shape(3, 8), Shape(14, 64)
ITEM = Metadata("Farm Badge #1", "FARM", "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/1.json", 500)
COMPUTE_BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")


def pay(lamports: int, receiver: int = 50, payer: Pubkey = ME) -> Instruction:
    return transfer(TransferParams(from_pubkey=payer, to_pubkey=address(receiver), lamports=lamports))


def wallets(told: Script) -> None:
    told.add("a transfer", pay(10**9))
    told.add("a transfer to nobody that would not last", pay(10, 51))
    told.add("a transfer of more than there is", pay(10**15, payer=OTHER.pubkey()), signers=[OTHER])
    told.add("a payer without an account", pay(1, payer=address(52)), payer=key(52))
    told.add("a payer below the rent", pay(500, payer=POOR.pubkey()), payer=POOR)
    told.add("a payer who cannot pay the fee", pay(500, payer=POOR.pubkey()), payer=POOR)
    told.add("two signers", pay(1_000, payer=OTHER.pubkey()), signers=[OTHER])
    told.add("an account that exists", told.account(OTHER, 100, ids.SYSTEM), signers=[OTHER])
    told.add("a program that is none", Instruction(address(60), b"x", []))
    told.add("the second of two fails", pay(1_000), pay(10**15, payer=OTHER.pubkey()), signers=[OTHER])


def budgets(told: Script) -> None:
    limit, price = set_compute_unit_limit(450), set_compute_unit_price(1_000_000)
    told.add("a price and just enough units", limit, price, pay(10**9))
    told.add("one unit too few", set_compute_unit_limit(299), pay(10**9))
    told.add("a fraction of a lamport is a lamport", limit, set_compute_unit_price(1), pay(10**9))
    told.add("a limit twice", limit, limit)
    noop = Instruction(ids.SPL_NOOP, b"x", [])
    told.add("64 calls", *[noop] * 64)
    told.add("65 calls", *[noop] * 65)
    told.add("no instruction of the budget", Instruction(COMPUTE_BUDGET, b"\x09", []))


def trees(told: Script) -> None:
    for shape in (Shape(5, 8), Shape(14, 64, 5), Shape(20, 64, 3), Shape(24, 64, 10)):
        told.tree(shape)
        told.tree(shape, v2=True)
    told.tree(Shape(20, 64), name="too little canopy")
    told.tree(Shape(20, 64, 2), v2=True, name="one level of canopy too few")
    told.tree(Shape(4, 8), name="a pair that is not allowed")
    tree = told.tree(SMALL, name="small")
    told.add("a tree that exists", bubblegum.create_tree(tree, ME, 3, 8))
    _tree_mistakes(told)


def _tree_mistakes(told: Script) -> None:
    def wrong(name: str, number: int, create: Instruction, owner: Pubkey = ids.SPL_COMPRESSION, size: int = SMALL.size) -> None:
        told.add(name, told.account(key(number), size, owner), create, signers=[key(number)])

    wrong("a tree of another program", 71, bubblegum.create_tree(address(71), ME, 3, 8), ids.MPL_COMPRESSION)
    config = {0: ids.tree_config(address(1))}
    wrong("another tree's config", 72, changed(bubblegum.create_tree(address(72), ME, 3, 8), keys=config))
    stranger = changed(bubblegum.create_tree(address(73), ME, 3, 8), keys={3: OTHER.pubkey()})
    wrong("the creator does not sign", 73, unsigned(stranger, [3]))
    wrong("an account too small", 78, bubblegum.create_tree(address(78), ME, 3, 8), size=SMALL.size - 32)
    wrong("a canopy of no shape", 74, bubblegum.create_tree(address(74), ME, 3, 8), size=SMALL.size + 32)
    wrong("noop is another program", 75, changed(bubblegum.create_tree(address(75), ME, 3, 8), keys={4: ids.MPL_NOOP}))
    public = bubblegum.create_tree(address(76), ME, 3, 8)
    wrong("a public tree", 76, changed(public, data=public.data[:-1] + b"\x01"))
    told.add(
        "a stranger mints in a public tree", bubblegum.mint_v1(Mint(address(76), ME, OTHER.pubkey(), ME, ITEM)), signers=[OTHER]
    )
    nobody = AccountMeta(ids.BUBBLEGUM, is_signer=False, is_writable=False)
    without = bubblegum.create_tree_v2(address(77), ME, 3, 8)
    metas = [*without.accounts[:3], nobody, *without.accounts[4:]]
    wrong("V2 without a creator", 77, Instruction(ids.BUBBLEGUM, without.data, metas), ids.MPL_COMPRESSION)


def first_version(told: Script) -> None:
    tree = told.tree(LARGE)
    mint = Mint(tree, ME, ME, address(80), ITEM)
    told.add("mint_v1", bubblegum.mint_v1(mint))
    told.add("a delegate", bubblegum.mint_v1(replace(mint, delegate=address(81))))
    told.add("empty texts", bubblegum.mint_v1(replace(mint, item=Metadata("", "", ""))))
    longest = Metadata("Ä" * 16, "S" * 10, "u" * 200, 10_000, shares(20, 20, 20, 20, 20), mutable=False, sold=True)
    told.add("the longest texts", bubblegum.mint_v1(replace(mint, item=longest)))
    signed = replace(ITEM, creators=(Creator(ME, 60, verified=True), Creator(address(90), 40)))
    told.add("a creator who signs", bubblegum.mint_v1(replace(mint, item=signed)))
    other = replace(ITEM, creators=(Creator(OTHER.pubkey(), 100, verified=True),))
    by_hand = bubblegum.mint_v1(replace(mint, item=other))
    witness = AccountMeta(OTHER.pubkey(), is_signer=True, is_writable=False)
    further = Instruction(ids.BUBBLEGUM, by_hand.data, [*by_hand.accounts, witness])
    told.add("a creator who signs as a further account", further, signers=[OTHER])
    told.add("four in one", *(bubblegum.mint_v1(replace(mint, owner=address(90 + row))) for row in range(4)))
    told.add("the third of three fails", *(bubblegum.mint_v1(replace(mint, item=item)) for item in _two_and_one()))
    told.add("65 calls, the last by Bubblegum", *[Instruction(ids.SPL_NOOP, b"", [])] * 61, bubblegum.mint_v1(mint))
    told.add("too few units", set_compute_unit_limit(8_000), bubblegum.mint_v1(mint))
    told.add("enough units and a price", set_compute_unit_limit(70_000), set_compute_unit_price(777), bubblegum.mint_v1(mint))
    for shape in (Shape(5, 8), Shape(14, 64, 5), Shape(20, 64, 3), Shape(24, 64, 10)):
        tree = told.tree(shape)
        for row in range(11):
            told.add(f"{shape} row {row}", bubblegum.mint_v1(replace(mint, tree=tree, owner=address(200 + row))))


def shares(*shares: int) -> tuple[Creator, ...]:
    return tuple(Creator(address(100 + number), share) for number, share in enumerate(shares))


def _two_and_one() -> list[Metadata]:
    return [ITEM, ITEM, replace(ITEM, name="n" * 33)]


def bad_items() -> dict[str, Metadata]:
    return {
        "name too long": replace(ITEM, name="n" * 33),
        "symbol too long": replace(ITEM, symbol="s" * 11),
        "URI too long": replace(ITEM, uri="u" * 201),
        "royalty too high": replace(ITEM, royalty=10_001),
        "six creators": replace(ITEM, creators=shares(20, 20, 20, 20, 10, 10)),
        "the same creator twice": replace(ITEM, creators=(Creator(ME, 50), Creator(ME, 50))),
        "shares of 99": replace(ITEM, creators=shares(99)),
        "shares of 256": replace(ITEM, creators=shares(156, 100)),
        "a creator who does not sign": replace(ITEM, creators=(Creator(address(90), 100, verified=True),)),
    }


def mistakes(told: Script) -> None:
    tree, second = told.tree(LARGE), told.tree(LARGE, v2=True)
    mint, good = Mint(tree, ME, ME, address(80), ITEM), bubblegum.mint_v1(Mint(tree, ME, ME, address(80), ITEM))
    for name, item in bad_items().items():
        told.add(f"V1: {name}", bubblegum.mint_v1(replace(mint, item=item)))
        told.add(f"V2: {name}", bubblegum.mint_v2(replace(mint, tree=second, item=item)))
    stranger = replace(mint, authority=OTHER.pubkey())
    told.add("V1: not the tree's authority", bubblegum.mint_v1(stranger), signers=[OTHER])
    told.add("V2: not the tree's authority", bubblegum.mint_v2(replace(stranger, tree=second)), signers=[OTHER])
    told.add("V1: the authority does not sign", unsigned(bubblegum.mint_v1(stranger), [5]))
    told.add("V1 into a tree of V2", bubblegum.mint_v1(replace(mint, tree=second)))
    told.add("V2 into a tree of V1", bubblegum.mint_v2(mint))
    told.add("no such tree", bubblegum.mint_v1(replace(mint, tree=address(99))))
    told.add("V1: a verified collection", changed(good, data=_with_collection(mint, verified=True)))
    told.add("V1: a collection that is only named", changed(good, data=_with_collection(mint, verified=False)))
    told.add("V1: another tree's config", changed(good, keys={0: ids.tree_config(second)}))
    told.add("V1: noop is another program", changed(good, keys={6: ids.MPL_NOOP}))
    told.add("V1: compression is another program", changed(good, keys={7: ids.MPL_COMPRESSION}))
    told.add("V1: data cut off", changed(good, data=good.data[:-1]))
    told.add("V1: bytes left over", changed(good, data=good.data + b"\x00"))
    told.add("V1: accounts missing", Instruction(ids.BUBBLEGUM, good.data, good.accounts[:5]))
    told.add("V1: fungible", changed(good, data=_standard(mint, b"\x01\x02")))
    told.add("V1: no standard", changed(good, data=_standard(mint, b"\x00")))
    told.add("an instruction that it does not know", changed(good, data=bytes(8)))
    told.add("V1: the tree is not writable", _read_only(good, 3))


def _with_collection(mint: Mint, *, verified: bool) -> bytes:
    to_collection = bubblegum.mint_to_collection_v1(replace(mint, item=replace(mint.item, collection=address(91)))).data
    mint_v1 = bubblegum.mint_v1(mint).data
    body = to_collection[8:].replace(b"\x01\x01" + bytes(address(91)), b"\x01" + bytes([verified]) + bytes(address(91)))
    return mint_v1[:8] + body


def _standard(mint: Mint, standard: bytes) -> bytes:
    data = bubblegum.mint_v1(mint).data
    tail = b"\x00\x01\x00\x00\x00\x00"  # no edition nonce, NonFungible, no collection, no uses, the first token program
    at = data.rindex(tail)
    return data[: at + 1] + standard + data[at + 3 :]


def _read_only(instruction: Instruction, place: int) -> Instruction:
    metas = list(instruction.accounts)
    metas[place] = AccountMeta(metas[place].pubkey, metas[place].is_signer, is_writable=False)
    return Instruction(instruction.program_id, instruction.data, metas)


def full_tree(told: Script) -> None:
    for v2 in (False, True):
        tree, build = told.tree(SMALL, v2=v2), bubblegum.mint_v2 if v2 else bubblegum.mint_v1
        for row in range(9):
            told.add(f"V2={v2}, row {row} of 8", build(Mint(tree, ME, ME, address(300 + row), replace(ITEM, name=str(row)))))


def token_metadata(told: Script) -> None:
    mint_key, other_key = key(400), key(401)
    collection, other = mint_key.pubkey(), other_key.pubkey()
    told.add("a collection", *collections.create_token_metadata(collection, ME, "Farm", "F", "ipfs://farm"), signers=[mint_key])
    told.add("a second collection", *collections.create_token_metadata(other, ME, "", "", ""), signers=[other_key])
    told.add("a collection twice", *collections.create_token_metadata(other, ME, "", "", ""), signers=[other_key])
    mint = Mint(told.tree(LARGE), ME, ME, address(80), replace(ITEM, collection=collection))
    good = bubblegum.mint_to_collection_v1(mint)
    told.add("into the collection", good)
    absent = {11: ids.BUBBLEGUM, 14: ids.TOKEN_METADATA}
    told.add("into the collection, other accounts of old", changed(good, keys=absent))
    told.add("two into the collection", *(bubblegum.mint_to_collection_v1(replace(mint, owner=address(n))) for n in (81, 82)))
    told.add("named unverified, becomes verified", changed(good, data=_unverified(good.data, collection)))
    for name, item in bad_items().items():
        grouped = replace(item, collection=collection)
        told.add(f"collection: {name}", bubblegum.mint_to_collection_v1(replace(mint, item=grouped)))
    told.add(
        "no collection in the item", changed(good, data=good.data[:8] + bubblegum.mint_v1(replace(mint, item=ITEM)).data[8:])
    )
    told.add("another collection in the item", changed(good, data=good.data.replace(bytes(collection), bytes(other))))
    told.add("another collection's metadata", changed(good, keys={9: ids.metadata(other)}))
    told.add("another collection's edition", changed(good, keys={10: ids.master_edition(other)}))
    told.add("no such collection", bubblegum.mint_to_collection_v1(replace(mint, item=replace(ITEM, collection=address(91)))))
    told.add("collection: not its authority", changed(good, keys={6: OTHER.pubkey()}), signers=[OTHER])
    told.add("collection: the authority does not sign", unsigned(changed(good, keys={6: OTHER.pubkey()}), [6]))
    told.add("collection: not the tree's authority", changed(good, keys={5: OTHER.pubkey()}), signers=[OTHER])
    told.add("collection: a record that is none", changed(good, keys={7: OTHER.pubkey()}))
    told.add("collection: the mint is no mint", changed(good, keys={8: OTHER.pubkey()}))
    told.add("collection: data cut off", changed(good, data=good.data[:-1]))


def _unverified(data: bytes, collection: Pubkey) -> bytes:
    return data.replace(b"\x01\x01" + bytes(collection), b"\x01\x00" + bytes(collection))
