"""The committed artifacts are those of the committed sources, found out without a compiler."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from eth_utils.abi import abi_to_signature, function_abi_to_4byte_selector

import contracts
from contracts import artifact

FOLDER = Path(contracts.__file__).parent
SOURCES = sorted(FOLDER.glob("src/**/*.sol"))
NAMES = [path.stem for path in SOURCES]

CLAIM = "claim(address,uint256)"
MULTICALL = "multicall(bytes[])"
DROP_CLAIM = "claim(address,uint256,address,uint256,(bytes32[],uint256,uint256,address),bytes)"
SIGNATURES = {
    "Badge721": {CLAIM, MULTICALL, "claimBatch(address[],uint256[])", "RecipientRefused(address)"},
    "Badge1155": {
        "claim(address,uint256,uint256)",
        "claimBatch(address[],uint256[],uint256[])",
        MULTICALL,
        "RecipientRefused(address)",
    },
    "Gallery721": {
        "safeMint(address,uint256)",
        "safeMintBatch(address[],uint256[])",
        MULTICALL,
        "setBaseURI(string)",
        "tokenURI(uint256)",
    },
    "Gallery1155": {
        "mint(address,uint256,uint256,bytes)",
        "airdrop(address[],uint256[],uint256[])",
        MULTICALL,
        "setURI(string)",
        "uri(uint256)",
    },
    "DemoToken": {"transfer(address,uint256)", "mint(address,uint256)", "PayeeBlocked(address)"},
    "WithdrawalPool": {
        "proposeWithdraw(uint256,address)",
        "withdrawPollFinalize(uint256)",
        "getAddressByMember(uint256)",
        "getAmount(uint256)",
        "withdrawPollApprovalState(uint256)",
        "getStartTime(uint256)",
        "getEndTime(uint256)",
        "WithdrawPollCreated(uint256,uint256)",
        "WithdrawPollFinalized(uint256,bool)",
        "Withdrawn(uint256,address,uint256)",
    },
    "SignedStaking": {
        "createStakeWithSignature(address,uint96,uint256,bytes32,bytes)",
        "restakeWithSignature(address,uint96,uint96,bytes32,bytes)",
        "isSignatureUsed(address,bytes32)",
        "Staked(address,bytes32,uint96,uint96,uint256)",
        "Restaked(address,bytes32,uint96,uint96,uint96)",
        "LogStakingStaked(uint96,address,uint96,uint256,uint256)",
        "LogStakingRestaked(uint96,uint96,address,uint96,uint256)",
    },
    "Multicall3": {"aggregate3((address,bool,bytes)[])"},
    "Forwarder": {
        "executeBatch((address,address,uint256,uint256,uint48,bytes,bytes)[],address)",
        "eip712Domain()",
        "nonces(address)",
        "ExecutedForwardRequest(address,uint256,bool)",
    },
    "SponsoredBadge": {CLAIM, "isTrustedForwarder(address)", "RecipientRefused(address)"},
    "FeeToken": {"transfer(address,uint256)"},
    "SilentToken": {"transfer(address,uint256)", "Transfer(address,address,uint256)"},
    "BlocklistToken": {"setBlocked(address,bool)"},
    "GasBurner": {CLAIM, "setGasPerClaim(uint256)", "setTrap(address,bool)"},
    "Reverter": {CLAIM, "ClaimRejected(address,uint256)"},
    "ThirdPartyDrop": {DROP_CLAIM, MULTICALL, "TokensClaimed(uint256,address,address,uint256,uint256)"},
    "OpenBadge": {CLAIM},
    "OnceBadge": {CLAIM, MULTICALL, "AlreadyClaimed(address)"},
}
# Facts from outside: what explorers and other people's software call these functions.
SELECTORS = {
    ("Multicall3", "aggregate3"): "82ad56cb",
    ("Badge721", "multicall"): "ac9650d8",
    ("DemoToken", "transfer"): "a9059cbb",
    ("ThirdPartyDrop", "claim"): "84bb1e42",
}


def signatures(name: str) -> set[str]:
    entries: list[Any] = [entry for entry in artifact(name).abi if "name" in entry]
    return {abi_to_signature(entry) for entry in entries}


def test_every_source_has_an_artifact_and_every_artifact_a_source() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("artifacts/*"))


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_an_artifact_was_made_from_the_source_as_it_is(source: Path) -> None:
    fields = json.loads((FOLDER / "artifacts" / f"{source.stem}.json").read_text())
    assert fields["sourceSha256"] == sha256(source.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_an_artifact_loads_with_code(name: str) -> None:
    built = artifact(name)
    assert built.name == name
    assert built.runtime in built.bytecode or "immutable" in next(p for p in SOURCES if p.stem == name).read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_has_the_functions_events_and_errors_others_rely_on(name: str) -> None:
    assert SIGNATURES[name] <= signatures(name)


@pytest.mark.parametrize(("name", "function"), SELECTORS)
def test_a_well_known_function_has_its_well_known_selector(name: str, function: str) -> None:
    entry: Any = next(entry for entry in artifact(name).abi if entry.get("name") == function)
    assert function_abi_to_4byte_selector(entry).hex() == SELECTORS[name, function]


def test_an_unknown_contract_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        artifact("NoSuchContract")
