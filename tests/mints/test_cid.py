"""CIDs as text and bytes, against what IPFS itself says of well-known content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import base58
from mints.ipfs import varint
from mints.ipfs.cid import Cid, CidError, Codec

EMPTY_FOLDER = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
EMPTY_FOLDER_V1 = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"


def test_both_versions_name_the_same_block() -> None:
    assert str(Cid.parse(EMPTY_FOLDER).modern) == EMPTY_FOLDER_V1


@pytest.mark.parametrize("text", [EMPTY_FOLDER, EMPTY_FOLDER_V1])
def test_a_cid_survives_its_text_and_its_bytes(text: str) -> None:
    cid = Cid.parse(text)
    assert (str(cid), Cid.unpack(bytes(cid))) == (text, cid)


def test_base_58_of_version_1_is_understood() -> None:
    """js-ipfs answers so unless it is told otherwise."""
    cid = Cid.parse(EMPTY_FOLDER_V1)
    assert Cid.parse(f"z{base58.encode(bytes(cid))}") == cid


def test_a_cid_fits_its_block_and_no_other() -> None:
    cid = Cid.of(b"a block", Codec.RAW, 1)
    assert (cid.fits(b"a block"), cid.fits(b"a Block")) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "", "b", "Q", "z", "hello", "../../etc/passwd", EMPTY_FOLDER[:-1], EMPTY_FOLDER_V1[:-1], EMPTY_FOLDER_V1 + "a",
        EMPTY_FOLDER_V1.upper(), EMPTY_FOLDER_V1 + "=", "b" + "a" * 1000, "Qm" + "0" * 44,
        "k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5",
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5f",  # a bit that is not used is set
    ],
)  # fmt: skip
def test_what_is_no_cid_is_refused(text: str) -> None:
    with pytest.raises(CidError):
        Cid.parse(text)


@given(st.binary(max_size=40))
def test_base_58_there_and_back(data: bytes) -> None:
    assert base58.decode(base58.encode(data)) == data


@given(st.integers(0, 2**62))
def test_numbers_there_and_back(number: int) -> None:
    assert varint.decode(b"\xff" + varint.encode(number), 1) == (number, 1 + len(varint.encode(number)))


def test_a_number_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="middle of a number"):
        varint.decode(b"\x80" * 20)
