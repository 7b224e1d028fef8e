"""The methods that take transactions, and those that only a test cluster has."""

import os
from typing import Any

from solders.compute_budget import set_compute_unit_price
from solders.hash import Hash
from solders.message import Message, MessageV0
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from local.solana import answers, posted
from local.solana.bank import Result
from local.solana.blocks import Block
from local.solana.faults import Faults
from local.solana.ledger import FAUCET
from local.solana.methods import Params, address, method, number, options, told
from local.solana.node import Commitment, Node
from local.solana.posted import Posted, TableError
from local.solana.refusals import PARAMS, PREFLIGHT, SIGNATURE, Refusal, words

_MOST_SLOTS = 10_000


class AnswerLost(Exception):
    """The node has done what it was asked, and its connection breaks."""


@method
def _send_transaction(node: Node, params: Params) -> Any:
    wanted = options(params, 1)
    one = posted.read(params[0] if params else None, wanted.get("encoding") or "base58")
    if not wanted.get("skipPreflight"):
        _preflight(node, one, wanted)
    _hand_on(node, one)
    if node.faults.happens("lose"):
        raise AnswerLost
    return one.signature


def _preflight(node: Node, one: Posted, wanted: dict[str, Any]) -> None:
    block = node.asked({**wanted, "commitment": wanted.get("preflightCommitment")})
    if not one.is_signed():
        raise Refusal(SIGNATURE, "Transaction signature verification failure")
    node.check_health()
    result = _tried(node, one, block)
    if result.err is not None:
        raise Refusal(PREFLIGHT, f"Transaction simulation failed: {words(result.err)}", answers.failed(result))


def _tried(node: Node, one: Posted, block: Block) -> Result:
    if not node.accepts(bytes(one.message.recent_blockhash), block):
        return Result(err="BlockhashNotFound")
    if node.ledger.chain.find(one.signature, block.slot):
        return Result(err="AlreadyProcessed")
    return node.ledger.simulate(one, block.slot)


def _hand_on(node: Node, one: Posted) -> None:
    if node.faults.happens("drop"):
        return
    node.ledger.take(one, later=node.faults.late_slots if node.faults.happens("late") else 0)


@method
def _simulate_transaction(node: Node, params: Params) -> Any:
    wanted = options(params, 1)
    block = node.asked(wanted)
    one = posted.read(params[0] if params else None, wanted.get("encoding") or "base58")
    if wanted.get("sigVerify") and wanted.get("replaceRecentBlockhash"):
        raise Refusal(PARAMS, "sigVerify may not be used with replaceRecentBlockhash")
    if wanted.get("sigVerify") and not one.is_signed():
        raise Refusal(SIGNATURE, "Transaction signature verification failure")
    if wanted.get("replaceRecentBlockhash"):
        one = _rebound(one, block)
    return told(block, answers.simulated(*_tried_with_keys(node, one, block), wanted))


def _tried_with_keys(node: Node, one: Posted, block: Block) -> tuple[Result, posted.Keys | None]:
    result = _tried(node, one, block)
    try:
        return result, one.keys(lambda key: node.account(key, block), block.slot)
    except TableError:
        return result, None


def _rebound(one: Posted, block: Block) -> Posted:
    """The same with the block's own hash; its signatures no longer fit, and are not asked for."""
    transaction = VersionedTransaction.populate(_with_blockhash(one.message, block.hash), one.transaction.signatures)
    return Posted(bytes(transaction), transaction)


def _with_blockhash(message: Message | MessageV0, blockhash: bytes) -> Message | MessageV0:
    """By its place: the hash that it has may be all zeros, as the system program's address is."""
    keys, bound = message.account_keys, Hash(blockhash)
    if isinstance(message, MessageV0):
        return MessageV0(message.header, keys, bound, message.instructions, message.address_table_lookups)
    header = message.header
    counts = (header.num_required_signatures, header.num_readonly_signed_accounts, header.num_readonly_unsigned_accounts)
    return Message.new_with_compiled_instructions(*counts, keys, bound, message.instructions)


@method
def _request_airdrop(node: Node, params: Params) -> Any:
    lamports, newest = number(params[1:]), node.ledger.chain.last
    pay = transfer(TransferParams(from_pubkey=FAUCET.pubkey(), to_pubkey=address(params), lamports=lamports))
    different = set_compute_unit_price(len(node.ledger.waiting))  # two that are alike must not be one transaction
    message = Message.new_with_blockhash([different, pay], FAUCET.pubkey(), Hash(newest.hash))
    transaction = VersionedTransaction(message, [FAUCET])
    node.ledger.take(Posted(bytes(transaction), transaction))
    return str(transaction.signatures[0])


@method
def _test_advance(node: Node, params: Params) -> Any:
    """`slots` or `blocks` further; the slot and the height then."""
    wanted = options(params, 0)
    for _ in range(_few(wanted.get("slots", 0))):
        node.ledger.advance()
    height = node.ledger.chain.last.height + _few(wanted.get("blocks", 0))
    while node.ledger.chain.last.height < height:
        node.ledger.advance()
    return {"slot": node.ledger.slot, "height": node.ledger.chain.last.height}


@method
def _test_faults(node: Node, params: Params) -> Any:
    """Set some; all of them as they are then."""
    node.faults.set(options(params, 0))
    return {name: getattr(node.faults, name) for name in node.faults.__slots__}


@method
def _test_process(node: Node, params: Params) -> Any:
    """Its number: whoever has started one wants that one."""
    return os.getpid()


@method
def _test_calm(node: Node, params: Params) -> Any:
    """As at the start: no fault is set."""
    node.faults = Faults()


@method
def _test_questions(node: Node, params: Params) -> Any:
    """How often it was asked, by method."""
    return dict(node.questions)


@method
def _test_fork(node: Node, params: Params) -> Any:
    """The last `slots` belong to a fork that is given up; its transactions wait again (`pending`), or are gone."""
    wanted = options(params, 0)
    slot = node.ledger.slot - _few(wanted.get("slots", 0))
    if slot < node.ledger.slot - node.lags.of(Commitment.FINALIZED):
        raise Refusal(PARAMS, "What is finalized is on no fork.")
    return node.ledger.fork(slot, pending=bool(wanted.get("pending", True)))


def _few(slots: Any) -> int:
    if isinstance(slots, bool) or not isinstance(slots, int) or not 0 <= slots <= _MOST_SLOTS:
        raise Refusal(PARAMS, f"A number of slots from 0 to {_MOST_SLOTS} is expected.")
    return slots
