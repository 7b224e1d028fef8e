"""What the test cluster enforces, as a real one does."""

import base64
from typing import Any

import pytest
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction, VersionedTransaction

from chain.solana import ids
from chain.solana.rpc import Commitment, SendAnswer
from local.solana.process import SolanaError
from tests.solana.actor import Actor, make_table

PROCESSED, CONFIRMED, FINALIZED = Commitment.PROCESSED, Commitment.CONFIRMED, Commitment.FINALIZED


def refused(actor: Actor, *asked: Any, **options: Any) -> SolanaError:
    with pytest.raises(SolanaError) as caught:
        actor.post(*asked, **options)
    return caught.value


def sized(actor: Actor, size: int) -> Transaction:
    """A payment that carries so many bytes in all."""
    short = actor.signed(actor.pay(1), Instruction(ids.SPL_NOOP, bytes(200), []))
    missing = size - len(bytes(short))
    return actor.signed(actor.pay(1), Instruction(ids.SPL_NOOP, bytes(200 + missing), []))


# -- what is taken ---------------------------------------------------------------------------------------------------


def test_a_transaction_has_1232_bytes_at_most(actor: Actor) -> None:
    actor.post(sized(actor, 1232), skipPreflight=True)
    error = refused(actor, sized(actor, 1233), skipPreflight=True)
    assert error.code == -32602
    assert "too large: 1233 bytes" in str(error)


@pytest.mark.parametrize(
    ("text", "encoding", "words"),
    [
        ("%%%", "base64", "invalid base64 encoding"),
        ("0OIl", "base58", "invalid base58 encoding"),
        ("AAAA", "base64", "failed to deserialize"),
        ("AAAA", "hex", "unsupported encoding"),
        ("A" * 2000, "base64", "too large"),
        (7, "base64", "expected a string"),
    ],
)
def test_what_is_no_transaction_is_refused(actor: Actor, text: Any, encoding: str, words: str) -> None:
    with pytest.raises(SolanaError, match=words) as caught:
        actor.cluster.request("sendTransaction", text, {"encoding": encoding})
    assert caught.value.code == -32602


def test_base58_is_taken_as_well(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    text = _base58(bytes(actor.payment(10**9, receiver)))
    actor.cluster.request("sendTransaction", text, {"preflightCommitment": "processed"})
    actor.cluster.advance(blocks=1)
    assert actor.balance(receiver) == 10**9


def _base58(raw: bytes) -> str:
    letters, number, text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = letters[digit] + text
    return text


def forged(actor: Actor) -> Transaction:
    message = actor.payment().message
    return Transaction.populate(message, [Signature(bytes(range(64)))])


def test_a_wrong_signature_is_refused(actor: Actor) -> None:
    assert refused(actor, forged(actor)).code == -32003


def test_a_wrong_signature_that_nobody_looked_at_never_lands(actor: Actor) -> None:
    signature = actor.post(forged(actor), skipPreflight=True)
    actor.cluster.advance(blocks=200)
    assert actor.status(signature) is None


def test_a_payment_lands_in_the_next_block(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    signature = actor.post(actor.payment(10**9, receiver))
    assert actor.status(signature) is None
    actor.cluster.advance(blocks=1)
    assert actor.status(signature) == {
        "slot": actor.rpc.slot(PROCESSED),
        "confirmations": 0,
        "err": None,
        "status": {"Ok": None},
        "confirmationStatus": "processed",
    }
    assert actor.balance(receiver) == 10**9


# -- the blockhash ---------------------------------------------------------------------------------------------------


def test_an_unknown_blockhash_is_refused(actor: Actor) -> None:
    strange = actor.payment(blockhash=str(Hash(bytes([9]) * 32)))
    sent = actor.rpc.send(bytes(strange), PROCESSED, skip_preflight=False)
    assert (sent.answer, sent.error) == (SendAnswer.REFUSED, "BlockhashNotFound")


def test_a_fresh_blockhash_is_unknown_to_a_more_careful_preflight(actor: Actor) -> None:
    fresh, careful = actor.payment(), actor.payment(blockhash=actor.blockhash(FINALIZED))
    assert actor.rpc.send(bytes(fresh), FINALIZED, skip_preflight=False).error == "BlockhashNotFound"
    assert actor.rpc.send(bytes(careful), PROCESSED, skip_preflight=False).answer is SendAnswer.ACCEPTED


@pytest.mark.parametrize(("blocks", "lands"), [(151, True), (152, False)])
def test_a_transaction_enters_one_block_of_the_next_151(actor: Actor, blocks: int, lands: bool) -> None:
    """One more than the last valid height says, which is the last height at which a node calls the hash valid."""
    signature = late(actor, blocks)
    last = actor.rpc.latest_blockhash(PROCESSED).last_valid_height
    actor.cluster.advance(blocks=blocks + 5)
    status = actor.status(signature)
    assert (status is not None) is lands
    assert actor.rpc.block_height(PROCESSED) > last


def late(actor: Actor, blocks: int) -> str:
    actor.cluster.faults(late=1, late_slots=blocks - 1)
    return actor.post(actor.payment())


def test_a_blockhash_is_valid_up_to_its_last_height(actor: Actor) -> None:
    bound = actor.rpc.latest_blockhash(PROCESSED)
    processed = {"commitment": "processed"}
    actor.cluster.advance(blocks=150)
    assert actor.rpc.block_height(PROCESSED) == bound.last_valid_height
    assert actor.cluster.request("isBlockhashValid", bound.hash, processed)["value"] is True
    actor.cluster.advance(blocks=1)
    assert actor.cluster.request("isBlockhashValid", bound.hash, processed)["value"] is False


def test_the_same_transaction_lands_once(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    payment = actor.payment(10**9, receiver)
    actor.post(payment)
    actor.post(payment)
    actor.cluster.advance(blocks=1)
    actor.post(payment, skipPreflight=True)
    assert actor.rpc.send(bytes(payment), PROCESSED, skip_preflight=False).answer is SendAnswer.ACCEPTED
    assert refused(actor, payment).data["err"] == "AlreadyProcessed"
    actor.cluster.advance(blocks=1)
    assert actor.balance(receiver) == 10**9


# -- the try-out -----------------------------------------------------------------------------------------------------


def test_a_try_out_that_fails_says_why(actor: Actor) -> None:
    error = refused(actor, actor.payment(10**15))
    assert (error.code, str(error).partition(": ")[2]) == (
        -32002,
        "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1",
    )
    assert error.data["err"] == {"InstructionError": [0, {"Custom": 1}]}
    assert error.data["unitsConsumed"] == 150
    assert any("insufficient lamports" in line for line in error.data["logs"])


def test_what_fails_in_a_block_costs_the_fee_and_nothing_else(actor: Actor) -> None:
    before = actor.balance()
    found = actor.land(actor.payment(10**15), skipPreflight=True)
    assert found["meta"]["err"] == {"InstructionError": [0, {"Custom": 1}]}
    assert actor.balance() == before - 5_000


def test_who_cannot_pay_the_fee_is_in_no_block(actor: Actor) -> None:
    poor = Actor(actor.cluster, lamports=890_880)
    signature = poor.post(poor.payment(1), skipPreflight=True)
    actor.cluster.advance(blocks=2)
    assert actor.status(signature) is None
    assert poor.balance() == 890_880


def test_an_account_keeps_its_rent(actor: Actor) -> None:
    assert refused(actor, actor.payment(10)).data["err"] == {"InsufficientFundsForRent": {"account_index": 1}}
    assert actor.rpc.rent(31_800, FINALIZED) == 222_218_880


def test_a_price_is_paid_for_each_unit_of_the_limit(actor: Actor) -> None:
    before = actor.balance()
    budget = (set_compute_unit_limit(100_000), set_compute_unit_price(1_000))
    message = actor.signed(*budget, actor.pay(10**9)).message
    text = base64.b64encode(bytes(message)).decode()
    asked = actor.cluster.request("getFeeForMessage", text, {"commitment": "processed"})["value"]
    found = actor.land(actor.signed(*budget, actor.pay(10**9)))
    assert (asked, found["meta"]["fee"], actor.balance()) == (5_100, 5_100, before - 10**9 - 5_100)
    assert max(actor.rpc.priority_fees([str(actor.me)])) == 1_000
    assert set(actor.rpc.priority_fees([str(Keypair().pubkey())])) == {0}


def test_a_limit_too_low_fails(actor: Actor) -> None:
    error = refused(actor, actor.signed(set_compute_unit_limit(299), actor.pay(10**9)))
    assert error.data["err"] == {"InstructionError": [1, "ComputationalBudgetExceeded"]}


def test_a_simulation_changes_nothing(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    raw = bytes(actor.payment(10**9, receiver))
    tried = actor.rpc.simulate(raw, PROCESSED)
    assert (tried["err"], tried["unitsConsumed"]) == (None, 150)
    actor.cluster.advance(blocks=1)
    assert actor.balance(receiver) == 0


def test_a_simulation_shows_the_accounts_after_it(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    wanted = {"encoding": "base64", "addresses": [str(receiver)]}
    tried = simulated(actor, actor.payment(10**9, receiver), accounts=wanted)
    assert [account["lamports"] for account in tried["accounts"]] == [10**9]


def test_a_simulation_can_take_the_newest_blockhash(actor: Actor) -> None:
    strange = actor.payment(blockhash=str(Hash(bytes([9]) * 32)))
    assert simulated(actor, strange)["err"] == "BlockhashNotFound"
    assert simulated(actor, strange, replaceRecentBlockhash=True)["err"] is None
    with pytest.raises(SolanaError, match="may not be used"):
        simulated(actor, strange, replaceRecentBlockhash=True, sigVerify=True)


def test_a_simulation_looks_at_signatures_when_it_is_asked_to(actor: Actor) -> None:
    assert simulated(actor, forged(actor))["err"] is None
    with pytest.raises(SolanaError) as caught:
        simulated(actor, forged(actor), sigVerify=True)
    assert caught.value.code == -32003


def simulated(actor: Actor, transaction: Transaction, **options: Any) -> dict[str, Any]:
    wanted = {"encoding": "base64", "commitment": "processed", **options}
    found = actor.cluster.request("simulateTransaction", base64.b64encode(bytes(transaction)).decode(), wanted)
    return found["value"]  # type: ignore[no-any-return]


def test_logs_are_cut_off_at_10_000_bytes(minting: Actor) -> None:
    found = minting.land(minting.signed(*[Instruction(ids.SPL_NOOP, b"x", [])] * 64))
    assert found["meta"]["err"] is None
    assert found["meta"]["logMessages"][-1] == "Log truncated"
    assert sum(map(len, found["meta"]["logMessages"])) < 10_100


def test_a_table_serves_from_the_next_block_on(minting: Actor) -> None:
    receiver = Keypair().pubkey()
    table = make_table(minting, [receiver])
    signature = minting.post(_by_table(minting, table, receiver), skipPreflight=True)
    minting.cluster.advance(blocks=1)
    assert minting.status(signature) is None
    assert refused(minting, _by_table(minting, table, receiver)).data["err"] == "InvalidAddressLookupTableIndex"
    minting.cluster.advance(blocks=1)
    found = minting.land(_by_table(minting, table, receiver))
    assert found["version"] == 0
    assert found["meta"]["loadedAddresses"] == {"writable": [str(receiver)], "readonly": []}
    with pytest.raises(SolanaError, match="maxSupportedTransactionVersion"):
        minting.cluster.request("getTransaction", found["transaction"]["signatures"][0], {"commitment": "confirmed"})


def _by_table(actor: Actor, table: Pubkey, receiver: Pubkey) -> VersionedTransaction:
    known, bound = AddressLookupTableAccount(table, [receiver]), Hash.from_string(actor.blockhash())
    return VersionedTransaction(MessageV0.try_compile(actor.me, [actor.pay(10**9, receiver)], [known], bound), [actor.wallet])
