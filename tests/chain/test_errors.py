"""The one table that reads nodes' words, and what must never leave it: keys of node providers."""

import pytest

from chain.errors import (
    ChainError,
    LaneLost,
    Reverted,
    RpcError,
    RpcUnavailable,
    SendAnswer,
    WrongChain,
    classify,
    evm_failed,
    redact,
    unsupported,
)

WORDINGS = {
    SendAnswer.KNOWN: [
        "already known",
        "ALREADY_EXISTS: already known",
        "known transaction: 0xabc",
        "Known transaction",
        "transaction already imported",
        "AlreadyKnown",
        "alreadyknown",
        "Transaction with the same hash was already imported.",
        "tx already exists in cache",
    ],
    SendAnswer.NONCE_LOW: [
        "nonce too low",
        "nonce too low: next nonce 8, tx nonce 7",
        "Nonce too low",
        "OldNonce",
        "OldNonce, Current nonce: 22, nonce of rejected tx: 17",
        "invalid transaction nonce",
        "Transaction nonce is too low. Try incrementing the nonce.",
    ],
    SendAnswer.NONCE_HIGH: [
        "nonce too high",
        "NonceGap",
        "NonceGap, Future nonce. Expected nonce: 10",
        "NonceTooFarInFuture",
        "Transaction nonce is too distant from current sender nonce",
        "nonce too far in the future",
        "Tx nonce 5 exceeds next nonce 2",
        "nonce out of range",
    ],
    SendAnswer.REPLACEMENT_UNDERPRICED: [
        "replacement transaction underpriced",
        "INTERNAL_ERROR: could not replace existing tx",
        "ReplacementNotAllowed",
        "OwnNonceAlreadyUsed",
        "future transaction tries to replace pending",
        "Transaction gas price 1 is too low. There is another transaction with same nonce in the queue.",
    ],
    SendAnswer.UNDERPRICED: [
        "transaction underpriced",
        "INTERNAL_ERROR: transaction underpriced",
        "transaction gas price below minimum: gas tip cap 1, minimum needed 25000000000",
        "FeeTooLow",
        "FeeTooLowToCompete",
        "Gas price below configured minimum gas price",
        "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1, baseFee: 2",
        "gas price too low",
    ],
    SendAnswer.FUNDS: [
        "insufficient funds for gas * price + value: address 0x1 have 0 want 1",
        "Insufficient funds for gas * price + value",
        "insufficient funds for transfer",
        "Upfront cost exceeds account balance",
        "InsufficientFunds, Balance is zero, cannot pay gas",
        "transaction would cause overdraft",
    ],
    SendAnswer.POOL_FULL: ["txpool is full", "queue full", "account limit exceeded: pooled 64 txs"],
    SendAnswer.FEE_CAP: [
        "tx fee (1.10 ether) exceeds the configured cap (1.00 ether)",
        "Transaction fee cap exceeded",
    ],
    SendAnswer.INVALID: [
        "intrinsic gas too low",
        "intrinsic gas too low: gas 20000, minimum needed 21000",
        "exceeds block gas limit",
        "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit",
        "Transaction gas limit exceeds block gas limit",
        "GasLimitExceeded",
        "transaction gas limit too high (cap: 16777216, tx: 20000000)",
        "oversized data: transaction size 200000, limit 131072",
        "invalid sender",
        "invalid chain id for signer: have 1 want 2",
        "gas uint64 overflow",
        "max priority fee per gas higher than max fee per gas",
    ],
    SendAnswer.RESERVED: [
        "address already reserved",
        "PendingTxsOfConflictingType",
        "in-flight transaction limit reached for delegated accounts",
    ],
    SendAnswer.REVERTED: ["execution reverted", "execution reverted: nonce too low", "VM execution error."],
    SendAnswer.UNKNOWN: [
        "unknown transaction",
        "internal error",
        "INTERNAL_ERROR",
        "node is syncing",
        "header not found",
        "",
    ],
}


@pytest.mark.parametrize(("answer", "words"), [(a, words) for a, all_ in WORDINGS.items() for words in all_])
def test_each_known_wording_has_its_answer(answer: SendAnswer, words: str) -> None:
    assert classify(RpcError(words, code=-32000)) is answer


@pytest.mark.parametrize("error", [RpcUnavailable("nonce too low"), WrongChain(1, 2), LaneLost()])
def test_only_a_node_that_answered_is_read(error: ChainError) -> None:
    assert classify(error) is SendAnswer.UNKNOWN


def test_a_revert_is_read_by_its_type() -> None:
    assert classify(Reverted("already known")) is SendAnswer.REVERTED


def test_every_answer_but_accepted_can_come_out_of_the_table() -> None:
    assert set(WORDINGS) == set(SendAnswer) - {SendAnswer.ACCEPTED}


def test_a_missing_message_is_the_docstring() -> None:
    assert str(LaneLost()) == LaneLost.__doc__


def test_wrong_chain_names_both() -> None:
    error = WrongChain(expected=1, got=5)
    assert (error.expected, error.got) == (1, 5)
    assert "chain 5" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "https://mainnet.example.io/v3/secret",
        "https://user:secret@mainnet.example.io",
        "https://mainnet.example.io?apikey=secret",
        "(https://mainnet.example.io/secret/rpc), wss://mainnet.example.io/secret",
    ],
)
def test_urls_keep_their_host_only(text: str) -> None:
    assert "secret" not in redact(text)
    assert "mainnet.example.io" in redact(text)


def test_text_without_urls_stays() -> None:
    assert redact("nonce too low: next nonce 8, tx nonce 7") == "nonce too low: next nonce 8, tx nonce 7"


def test_a_nodes_words_are_redacted_and_printable() -> None:
    error = RpcError("bad\x00 gateway https://rpc.example.io/secret")
    assert str(error) == "bad  gateway https://rpc.example.io/…"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (3, "execution reverted"),
        (-32000, "execution reverted"),
        (-32015, "VM error"),
        (-32603, "EVM error OutOfGas"),
    ],
)
def test_the_evms_verdict_is_told_from_faults(code: int, message: str) -> None:
    assert evm_failed(code, message)
    assert not evm_failed(-32000, "header not found")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32601, ""),
        (-32000, "the method eth_x does not exist/is not available"),
        (-32602, "too many arguments"),
    ],
)
def test_a_node_that_lacks_a_method_is_recognised(code: int, message: str) -> None:
    assert unsupported(RpcError(message, code=code))
    assert not unsupported(RpcError("insufficient funds", code=-32000))
