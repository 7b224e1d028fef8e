"""The scenes of the second version, alone and into Core's collections."""

from dataclasses import replace

from chain.solana import bubblegum, collections, ids
from chain.solana.bubblegum import Mint
from chain.solana.trees import Shape
from tests.solana.scenes import ITEM, LARGE, pay, shares
from tests.solana.script import ME, OTHER, PAYER, Script, address, changed, key, unsigned


def second_version(told: Script) -> None:
    mint = Mint(told.tree(LARGE, v2=True), ME, ME, address(80), ITEM)
    good = bubblegum.mint_v2(mint)
    told.add("mint_v2", good)
    told.add("mint_v2 with a delegate", bubblegum.mint_v2(replace(mint, delegate=address(81))))
    told.add("mint_v2 with creators", bubblegum.mint_v2(replace(mint, item=replace(ITEM, creators=shares(30, 70)))))
    told.add("mint_v2 with the payer as authority", changed(unsigned(good, [2]), keys={2: ids.BUBBLEGUM}))
    told.add("three of V2", *(bubblegum.mint_v2(replace(mint, owner=address(n))) for n in (82, 83, 84)))
    told.add("a collection without its account", changed(good, data=_v2_with_collection(mint)))
    told.add("V2: data that is not allowed yet", changed(good, data=good.data[:-2] + b"\x01\x00\x00\x00\x00\x00"))
    told.add("V2: data cut off", changed(good, data=good.data[:-1]))
    told.add("V2: noop is another program", changed(good, keys={9: ids.SPL_NOOP}))
    told.add("V2: compression is another program", changed(good, keys={10: ids.SPL_COMPRESSION}))
    told.add("money for a fee, not for the protocol", pay(950_880, 85))
    by_poor = replace(mint, payer=address(85))
    told.add("V2: the protocol's fee is not there", bubblegum.mint_v2(by_poor), signers=[PAYER], payer=key(85))
    for shape in (Shape(5, 8), Shape(14, 64, 5)):
        tree = told.tree(shape, v2=True)
        for row in range(10):
            told.add(f"V2 {shape} row {row}", bubblegum.mint_v2(replace(mint, tree=tree, owner=address(200 + row))))


def _v2_with_collection(mint: Mint) -> bytes:
    return bubblegum.mint_v2(replace(mint, item=replace(mint.item, collection=address(410)))).data


def core(told: Script) -> None:
    first, plain = key(410), key(411)
    told.add("a Core collection", collections.create_core(first.pubkey(), ME, "Farm", "ipfs://farm"), signers=[first])
    told.add("a Core collection twice", collections.create_core(first.pubkey(), ME, "Farm", "ipfs://farm"), signers=[first])
    third = key(412)
    nothing_further = collections.create_core(third.pubkey(), ME, "As the official client", "ipfs://farm")
    listed = changed(nothing_further, data=nothing_further.data[:-1] + b"\x01" + bytes(4))
    told.add("a Core collection with a list of no adapters", listed, signers=[third])
    without = collections.create_core(plain.pubkey(), ME, "Plain", "ipfs://plain")
    told.add("without the plugin", changed(without, data=without.data[:-8] + b"\x00\x00"), signers=[plain])
    mint = Mint(told.tree(LARGE, v2=True), ME, ME, address(80), replace(ITEM, collection=first.pubkey()))
    good = bubblegum.mint_v2(mint)
    told.add("into Core", good)
    told.add("two into Core", good, bubblegum.mint_v2(replace(mint, owner=address(81))))
    told.add("Core: the tree's authority is the collection's", changed(unsigned(good, [3]), keys={3: ids.BUBBLEGUM}))
    into_plain = replace(mint, item=replace(ITEM, collection=plain.pubkey()))
    told.add("Core: no plugin for Bubblegum", bubblegum.mint_v2(into_plain))
    told.add("Core: not its authority", changed(good, keys={3: OTHER.pubkey()}), signers=[OTHER])
    told.add("Core: the authority does not sign", unsigned(changed(good, keys={3: OTHER.pubkey()}), [3]))
    told.add(
        "Core: the item names another", changed(good, data=good.data.replace(bytes(first.pubkey()), bytes(plain.pubkey())))
    )
    told.add("Core: the item names none", changed(good, data=bubblegum.mint_v2(replace(mint, item=ITEM)).data))
    told.add("Core: no signer of Bubblegum's", changed(good, keys={8: ids.BUBBLEGUM}))
    told.add("Core: another signer", changed(good, keys={8: OTHER.pubkey()}))
    told.add("Core: an account that is no collection", changed(good, keys={7: OTHER.pubkey()}))
    told.add("Core: name too long", bubblegum.mint_v2(replace(mint, item=replace(mint.item, name="n" * 33))))
