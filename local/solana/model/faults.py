"""Bubblegum's own errors."""

from enum import Enum

from local.solana.model import anchor
from local.solana.model.machine import Custom


class Code(Enum):
    """Number and words."""

    UnsupportedSchemaVersion = 6003, "Unsupported Schema Version"
    CreatorShareTotalMustBe100 = 6004, "Creator shares must sum to 100"
    DuplicateCreatorAddress = 6005, "No duplicate creator addresses in metadata"
    CreatorDidNotVerify = 6006, "Creator did not verify the metadata"
    CreatorsTooLong = 6011, "Creators list too long"
    MetadataNameTooLong = 6012, "Name in metadata is too long"
    MetadataSymbolTooLong = 6013, "Symbol in metadata is too long"
    MetadataUriTooLong = 6014, "Uri in metadata is too long"
    MetadataBasisPointsTooHigh = 6015, "Basis points in metadata cannot exceed 10000"
    TreeAuthorityIncorrect = 6016, "Tree creator or tree delegate must sign."
    InsufficientMintCapacity = 6017, "Not enough unapproved mints left"
    IncorrectOwner = 6019, "Incorrect account owner"
    CollectionCannotBeVerifiedInThisInstruction = 6020, "Cannot Verify Collection in this Instruction"
    CollectionNotFound = 6021, "Collection Not Found on Metadata"
    MetadataMintMismatch = 6027, "Metadata mint does not match collection mint"
    InvalidCollectionAuthority = 6028, "Invalid collection authority"
    InvalidDelegateRecord = 6029, "Invalid delegate record pda derivation"
    CollectionMasterEditionAccountInvalid = 6030, "Edition account doesnt match collection"
    CollectionMustBeAUniqueMasterEdition = 6031, "Collection Must Be a Unique Master Edition v2"
    CollectionMismatch = 6036, "Collection mismatch"
    InvalidTokenStandard = 6040, "Only NonFungible standard is supported"
    InvalidCanopySize = 6041, "Canopy size should be set bigger for this tree"
    CollectionMustHaveBubblegumPlugin = 6049, "Core collections must have the Bubblegum V2 plugin on them"
    NotAvailable = 6050, "Feature not currently available"
    MissingCollectionAccount = 6051, "Missing collection account"
    MissingMplCoreCpiSignerAccount = 6055, "Missing mpl-core CPI signer account"


def fault(code: Code) -> Custom:
    """To be raised."""
    return anchor.error(code)
