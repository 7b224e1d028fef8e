"""What Bubblegum asks of a collection before it lets an item be in it: one of token-metadata, or one of Core."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from local.solana.model import anchor, core, costs, ids, token_metadata
from local.solana.model.borsh import number
from local.solana.model.faults import Code, fault
from local.solana.model.items import Item
from local.solana.model.machine import Call, Meta

_SIGNER = b"mpl_core_cpi_signer"
_UPDATE_INFO, _MINTED = 32, 0


@dataclass(frozen=True, slots=True)
class Group:
    """The accounts that speak for a collection of token-metadata."""

    authority: Pubkey
    record: Pubkey
    mint: Pubkey
    metadata: Meta
    edition: Pubkey


def read(call: Call, accounts: anchor.Accounts) -> Group:
    """In their order within mint_to_collection_v1. Raises Custom."""
    authority = accounts.signer("collection_authority")
    record, mint = accounts.any("collection_authority_record_pda"), accounts.any("collection_mint")
    metadata = accounts.owned("collection_metadata", ids.TOKEN_METADATA)
    edition = accounts.any("edition_account")
    accounts.any("bubblegum_signer")
    return Group(authority.key, record.key, mint.key, metadata, edition.key)


def check(call: Call, group: Group, item: Item) -> None:
    """Raises Custom."""
    if item.collection is None:
        raise fault(Code.CollectionNotFound)
    owners = call.state(group.mint).owner, call.state(group.edition).owner
    if owners != (ids.TOKEN, ids.TOKEN_METADATA):
        raise fault(Code.IncorrectOwner)
    known = token_metadata.read(bytes(call.state(group.metadata.key).data))
    if item.collection != group.mint or known.mint != group.mint:
        raise fault(Code.CollectionMismatch)
    expected, tries = token_metadata.edition(group.mint)
    call.charge(tries * costs.DERIVE)
    if group.edition != expected:
        raise fault(Code.CollectionMasterEditionAccountInvalid)
    if known.standard != 0 or not token_metadata.is_unique(bytes(call.state(group.edition).data)):
        raise fault(Code.CollectionMustBeAUniqueMasterEdition)
    _check_authority(call, group, known.authority)


def _check_authority(call: Call, group: Group, authority: Pubkey) -> None:
    """The model knows no delegates' records: who names one is refused."""
    if group.record != ids.BUBBLEGUM:
        raise fault(Code.InvalidDelegateRecord if call.state(group.record).data else Code.InvalidCollectionAuthority)
    if authority != group.authority:
        raise fault(Code.InvalidCollectionAuthority)


def check_core_accounts(call: Call, group: Meta | None, signer: Meta | None) -> None:
    """What is checked of them before anything else. Raises Custom."""
    if group is not None:
        anchor.must_write(group, "core_collection")
        if (owner := call.state(group.key).owner) != ids.CORE:
            raise anchor.error(anchor.Code.ConstraintOwner, "core_collection", (owner, ids.CORE))
    if signer is not None:
        expected, tries = ids.derived(ids.BUBBLEGUM, _SIGNER)
        call.charge(tries * costs.DERIVE)
        anchor.must_derive(signer.key, "mpl_core_cpi_signer", expected)


def count(call: Call, group: Meta, signer: Meta | None, authority: Pubkey, item: Item) -> None:
    """One more in a Core collection. Raises Custom."""
    if signer is None:
        raise fault(Code.MissingMplCoreCpiSignerAccount)
    call.charge(costs.CORE)
    known = core.read(bytes(call.state(group.key).data))
    if known.authority != authority:
        raise fault(Code.InvalidCollectionAuthority)
    if not known.for_bubblegum:
        raise fault(Code.CollectionMustHaveBubblegumPlugin)
    if item.collection is None:
        raise fault(Code.CollectionNotFound)
    if item.collection != group.key:
        raise fault(Code.CollectionMismatch)
    metas = [Meta(group.key, writes=True), Meta(signer.key, signs=True)]
    call.invoke(ids.CORE, metas, bytes([_UPDATE_INFO, _MINTED]) + number(1, 4))
