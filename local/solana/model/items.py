"""What is said of an item when it is minted, in both versions: read, checked, hashed."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from eth_hash.auto import keccak
from solders.pubkey import Pubkey

from local.solana.model.borsh import Malformed, Reader, number, text
from local.solana.model.faults import Code, fault

_LONGEST = ((32, Code.MetadataNameTooLong), (10, Code.MetadataSymbolTooLong), (200, Code.MetadataUriTooLong))
_MOST_CREATORS = 5
_NON_FUNGIBLE = 0


@dataclass(frozen=True, slots=True)
class Creator:
    address: Pubkey
    verified: bool
    share: int

    def encode(self) -> bytes:
        return bytes(self.address) + bytes([self.verified, self.share])


@dataclass(frozen=True, slots=True)
class Item:
    """`flags`, `nonce` and `uses` as they are encoded: nothing here looks into them. `verified`: in its collection."""

    version: int
    texts: tuple[bytes, bytes, bytes]
    royalty: int
    flags: bytes
    nonce: bytes
    standard: int | None
    collection: Pubkey | None
    verified: bool
    uses: bytes
    creators: tuple[Creator, ...]

    def as_verified(self) -> "Item":
        return replace(self, verified=True)

    def encode(self) -> bytes:
        head = b"".join(map(text, self.texts)) + number(self.royalty, 2) + self.flags
        standard = b"\x00" if self.standard is None else bytes([1, self.standard])
        creators = number(len(self.creators), 4) + b"".join(creator.encode() for creator in self.creators)
        if self.version == 2:
            return head + standard + creators + (b"\x00" if self.collection is None else b"\x01" + bytes(self.collection))
        named = b"\x00" if self.collection is None else bytes([1, self.verified]) + bytes(self.collection)
        return head + self.nonce + standard + named + self.uses + creators

    def data_hash(self) -> bytes:
        return keccak(keccak(self.encode()) + number(self.royalty, 2))

    def creator_hash(self) -> bytes:
        return keccak(b"".join(creator.encode() for creator in self.creators))

    def check(self) -> None:
        """What can be said of it alone. Raises Custom."""
        for given, (longest, code) in zip(self.texts, _LONGEST, strict=True):
            if len(given) > longest:
                raise fault(code)
        if self.royalty > 10_000:
            raise fault(Code.MetadataBasisPointsTooHigh)
        self._check_creators()

    def _check_creators(self) -> None:
        if len(self.creators) > _MOST_CREATORS:
            raise fault(Code.CreatorsTooLong)
        total = 0
        for place, creator in enumerate(self.creators):
            if any(creator.address == other.address for other in self.creators[place + 1 :]):
                raise fault(Code.DuplicateCreatorAddress)
            total += creator.share
            if total > 255:
                raise fault(Code.CreatorShareTotalMustBe100)
        if self.creators and total != 100:
            raise fault(Code.CreatorShareTotalMustBe100)

    def check_standard(self) -> None:
        if self.standard != _NON_FUNGIBLE:
            raise fault(Code.InvalidTokenStandard)

    def check_signatures(self, signers: AbstractSet[Pubkey]) -> None:
        if any(creator.verified and creator.address not in signers for creator in self.creators):
            raise fault(Code.CreatorDidNotVerify)


def read_v1(reader: Reader) -> Item:
    """Raises Malformed."""
    texts, royalty, flags = _head(reader)
    nonce, standard = _optional_bytes(reader, 1), reader.option(lambda: reader.choice(4))
    collection = reader.option(lambda: (reader.boolean(), reader.key()))
    uses = _optional_bytes(reader, 17)
    if len(uses) > 1 and uses[1] > 2:
        raise Malformed
    uses += bytes([reader.choice(2)])  # and the token program's version, which follows them
    verified, key = collection or (False, None)
    return Item(1, texts, royalty, flags, nonce, standard, key, verified, uses, _creators(reader))


def read_v2(reader: Reader) -> Item:
    """Raises Malformed."""
    texts, royalty, flags = _head(reader)
    standard, creators = reader.option(lambda: reader.choice(4)), _creators(reader)
    key = reader.option(reader.key)
    return Item(2, texts, royalty, flags, b"", standard, key, key is not None, b"", creators)


def _head(reader: Reader) -> tuple[tuple[bytes, bytes, bytes], int, bytes]:
    texts = (reader.text(), reader.text(), reader.text())
    return texts, reader.number(2), bytes([reader.boolean(), reader.boolean()])


def _optional_bytes(reader: Reader, size: int) -> bytes:
    """An option of a fixed size, as it is encoded."""
    found = reader.option(lambda: reader.take(size))
    return b"\x00" if found is None else b"\x01" + found


def _creators(reader: Reader) -> tuple[Creator, ...]:
    return tuple(reader.vector(lambda: Creator(reader.key(), reader.boolean(), reader.number(1))))
