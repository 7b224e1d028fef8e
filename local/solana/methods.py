"""The methods by which a node is asked. Each takes the node and the parameters, and raises Refusal."""

import base64
from collections.abc import Callable
from typing import Any

from solders.hash import Hash
from solders.message import Message, MessageV0, from_bytes_versioned
from solders.pubkey import Pubkey

from local.solana import answers, base58, fees
from local.solana.bank import rent
from local.solana.blocks import MOST_BLOCKS, Block
from local.solana.node import Commitment, Node, commitment
from local.solana.refusals import METHOD, PARAMS, Refusal

Params = list[Any]
Method = Callable[[Node, Params], Any]
METHODS: dict[str, Method] = {}
_MOST_ACCOUNTS, _MOST_SIGNATURES, _MOST_HISTORY = 100, 256, 1_000


def method(call: Method) -> Method:
    """Under its name, in camelCase if it is one of a real node."""
    first, *rest = (name := call.__name__.strip("_")).split("_")
    METHODS[name if first == "test" else first + "".join(map(str.capitalize, rest))] = call
    return call


def answer(node: Node, name: str, params: Any) -> Any:
    """The result of a question. Raises Refusal."""
    if (asked := METHODS.get(name)) is None:
        raise Refusal(METHOD, "Method not found")
    if params is not None and not isinstance(params, list):
        raise Refusal(PARAMS, "Invalid params: a list is expected.")
    if not name.startswith("test"):
        node.questions[name] += 1
    return asked(node, params or [])


@method
def _get_health(node: Node, params: Params) -> Any:
    node.check_health()
    return "ok"


@method
def _get_version(node: Node, params: Params) -> Any:
    return {"solana-core": "3.1.8", "feature-set": 0}


@method
def _get_genesis_hash(node: Node, params: Params) -> Any:
    return str(Hash(node.ledger.genesis))


@method
def _get_slot(node: Node, params: Params) -> Any:
    return node.asked(options(params, 0)).slot


@method
def _get_first_available_block(node: Node, params: Params) -> Any:
    return node.ledger.chain.at(0).slot


@method
def _get_block_height(node: Node, params: Params) -> Any:
    return node.asked(options(params, 0)).height


@method
def _get_latest_blockhash(node: Node, params: Params) -> Any:
    block = node.asked(options(params, 0))
    return told(block, {"blockhash": str(Hash(block.hash)), "lastValidBlockHeight": node.last_height(block)})


@method
def _is_blockhash_valid(node: Node, params: Params) -> Any:
    block = node.asked(options(params, 1))
    return told(block, node.accepts(_hash(params), block))


@method
def _get_balance(node: Node, params: Params) -> Any:
    block = node.asked(options(params, 1))
    found = node.account(address(params), block)
    return told(block, found.lamports if found else 0)


@method
def _get_account_info(node: Node, params: Params) -> Any:
    wanted = options(params, 1)
    block = node.asked(wanted)
    return told(block, answers.account(node.account(address(params), block), wanted))


@method
def _get_multiple_accounts(node: Node, params: Params) -> Any:
    wanted, block = options(params, 1), node.asked(options(params, 1))
    keys = [address([one]) for one in listed(params, _MOST_ACCOUNTS)]
    return told(block, [answers.account(node.account(key, block), {"encoding": "base64", **wanted}) for key in keys])


@method
def _get_minimum_balance_for_rent_exemption(node: Node, params: Params) -> Any:
    return rent(number(params))


@method
def _get_fee_for_message(node: Node, params: Params) -> Any:
    block, message = node.asked(options(params, 1)), _message(params)
    return told(block, fees.fee(message) if node.accepts(bytes(message.recent_blockhash), block) else None)


@method
def _get_recent_prioritization_fees(node: Node, params: Params) -> Any:
    written = {address([one]) for one in listed(params, 128)} if params else set()
    newest = node.block(Commitment.PROCESSED)
    recent = [block for block in node.ledger.chain.newest_first() if 0 <= newest.height - block.height < MOST_BLOCKS]
    return [{"slot": block.slot, "prioritizationFee": _least_price(block, written)} for block in reversed(recent)]


def _least_price(block: Block, written: set[Pubkey]) -> int:
    """For writing all these accounts in that block; nothing when nobody did."""
    entries = [entry for entry in block.entries if written <= set(entry.posted.writable(entry.keys))]
    return min((fees.budget(entry.posted.message).price for entry in entries), default=0)


@method
def _get_signature_statuses(node: Node, params: Params) -> Any:
    history = bool(options(params, 1).get("searchTransactionHistory"))
    signatures = [signature([one]) for one in listed(params, _MOST_SIGNATURES)]
    silent = node.faults.happens("deny")
    statuses = [None if silent else node.status(one, history=history) for one in signatures]
    return told(node.block(Commitment.PROCESSED), statuses)


@method
def _get_transaction(node: Node, params: Params) -> Any:
    wanted = options(params, 1)
    if isinstance(params[1] if len(params) > 1 else None, str):
        wanted = {"encoding": params[1]}
    found = node.find(signature(params), _sure_enough(wanted))
    if found is None or node.faults.happens("deny"):
        return None
    return answers.transaction(*found, wanted)


@method
def _get_signatures_for_address(node: Node, params: Params) -> Any:
    key, wanted = address(params), options(params, 1)
    limit = wanted.get("limit", _MOST_HISTORY)
    if not isinstance(limit, int) or not 1 <= limit <= _MOST_HISTORY:
        raise Refusal(PARAMS, f"Invalid limit; max {_MOST_HISTORY}")
    newest = node.block(_sure_enough(wanted)).slot
    blocks = (block for block in node.ledger.chain.newest_first() if block.slot <= newest)
    entries = ((block, entry) for block in blocks for entry in reversed(block.entries) if key in entry.keys.all)
    return _between([_line(node, block, entry.posted.signature, entry.result.err) for block, entry in entries], wanted)[:limit]


def _between(lines: list[dict[str, Any]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """After `before` and up to `until`, newest first."""
    names = [line["signature"] for line in lines]
    start = names.index(wanted["before"]) + 1 if wanted.get("before") in names else 0
    end = names.index(wanted["until"]) if wanted.get("until") in names else len(names)
    return lines[start:end]


def _line(node: Node, block: Block, name: str, err: Any) -> dict[str, Any]:
    where = {"slot": block.slot, "blockTime": block.time, "confirmationStatus": node.sure_of(block)}
    return {"signature": name, "err": err, "memo": None, **where}


def _sure_enough(wanted: dict[str, Any]) -> Commitment:
    sure = commitment(wanted.get("commitment"))
    if sure is Commitment.PROCESSED:
        raise Refusal(PARAMS, "Method does not support commitment below `confirmed`")
    return sure


def told(block: Block, value: Any) -> dict[str, Any]:
    return {"context": {"apiVersion": "3.1.8", "slot": block.slot}, "value": value}


def options(params: Params, at: int) -> dict[str, Any]:
    given = params[at] if len(params) > at else None
    return given if isinstance(given, dict) else {}


def listed(params: Params, most: int) -> list[Any]:
    if not params or not isinstance(params[0], list):
        raise Refusal(PARAMS, "Invalid params: invalid type: expected a sequence.")
    if len(params[0]) > most:
        raise Refusal(PARAMS, f"Too many inputs provided; max {most}")
    found: list[Any] = params[0]
    return found


def number(params: Params) -> int:
    given = params[0] if params else None
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise Refusal(PARAMS, "Invalid params: invalid type: expected usize.")
    return given


def address(params: Params) -> Pubkey:
    return Pubkey.from_bytes(_bytes(params, 32, "Invalid param: Invalid"))


def _hash(params: Params) -> bytes:
    return _bytes(params, 32, "Invalid param: Invalid")


def signature(params: Params) -> str:
    _bytes(params, 64, "Invalid param: Invalid")
    return str(params[0])


def _bytes(params: Params, size: int, words: str) -> bytes:
    given = params[0] if params else None
    if not isinstance(given, str):
        raise Refusal(PARAMS, "Invalid params: invalid type: expected a string.")
    try:
        raw = base58.decode(given)
    except ValueError:
        raise Refusal(PARAMS, words) from None
    if len(raw) != size:
        raise Refusal(PARAMS, "Invalid param: WrongSize")
    return raw


def _message(params: Params) -> Message | MessageV0:
    try:
        message = from_bytes_versioned(base64.b64decode(params[0], validate=True))
    except (ValueError, IndexError, TypeError) as error:
        raise Refusal(PARAMS, f"failed to deserialize solana_message::versions::VersionedMessage: {error}") from None
    if not isinstance(message, Message | MessageV0):
        raise Refusal(PARAMS, "A message of a version that is not known.")
    return message
