"""Accounts and transactions in the words of JSON-RPC."""

import base64
from typing import Any

from solders.account import Account
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey

from local.solana import base58
from local.solana.bank import Inner, Result
from local.solana.blocks import Block, Entry
from local.solana.posted import Keys
from local.solana.refusals import PARAMS, VERSION, Refusal

_FOR_GOOD = 2**64 - 1  # the rent epoch of an account that pays none
_BASE58_BYTES = 128


def account(found: Account | None, options: dict[str, Any]) -> dict[str, Any] | None:
    """In the encoding asked for. Raises Refusal."""
    if found is None:
        return None
    piece = options.get("dataSlice") or {"offset": 0, "length": len(found.data)}
    data = found.data[piece["offset"] : piece["offset"] + piece["length"]]
    return {
        "data": _encoded(data, options.get("encoding")),
        "executable": found.executable,
        "lamports": found.lamports,
        "owner": str(found.owner),
        "rentEpoch": _FOR_GOOD,
        "space": len(found.data),
    }


def _encoded(data: bytes, encoding: Any) -> Any:
    if encoding in {"base64", "jsonParsed"}:
        return [base64.b64encode(data).decode(), "base64"]
    if encoding not in {None, "base58", "binary"}:
        raise Refusal(PARAMS, f"Invalid params: unknown variant `{encoding}`.")
    if len(data) > _BASE58_BYTES:
        raise Refusal(-32600, "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.")
    return [base58.encode(data), "base58"] if encoding == "base58" else base58.encode(data)


def transaction(block: Block, entry: Entry, options: dict[str, Any]) -> dict[str, Any]:
    """Raises Refusal when it has a version that the caller has not said he knows."""
    message = entry.posted.message
    versioned, known = isinstance(message, MessageV0), options.get("maxSupportedTransactionVersion")
    if versioned and known is None:
        words = (
            "Transaction version (0) is not supported by the requesting client. "
            'Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0'
        )
        raise Refusal(VERSION, words)
    body = {"slot": block.slot, "blockTime": block.time, "transaction": _body(entry, options), "meta": _meta(entry)}
    return body if known is None else {**body, "version": 0 if versioned else "legacy"}


def _body(entry: Entry, options: dict[str, Any]) -> Any:
    if (encoding := options.get("encoding", "json")) != "json":
        return _encoded(entry.posted.raw, encoding)
    signatures = [str(signature) for signature in entry.posted.transaction.signatures]
    return {"signatures": signatures, "message": _message(entry.posted.message)}


def _message(message: Message | MessageV0) -> dict[str, Any]:
    header = message.header
    body: dict[str, Any] = {
        "header": {
            "numRequiredSignatures": header.num_required_signatures,
            "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
        },
        "accountKeys": [str(key) for key in message.account_keys],
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [_instruction(Inner(one.program_id_index, one.accounts, one.data, 1)) for one in message.instructions],
    }
    if isinstance(message, MessageV0):
        body["addressTableLookups"] = [
            {
                "accountKey": str(lookup.account_key),
                "writableIndexes": list(lookup.writable_indexes),
                "readonlyIndexes": list(lookup.readonly_indexes),
            }
            for lookup in message.address_table_lookups
        ]
    return body


def _instruction(call: Inner) -> dict[str, Any]:
    return {
        "programIdIndex": call.program,
        "accounts": list(call.accounts),
        "data": base58.encode(call.data),
        "stackHeight": call.height,
    }


def _meta(entry: Entry) -> dict[str, Any]:
    result, keys = entry.result, entry.keys
    meta = {
        "err": result.err,
        "status": {"Ok": None} if result.err is None else {"Err": result.err},
        "fee": result.fee,
        "preBalances": list(entry.before),
        "postBalances": list(entry.after),
        "innerInstructions": _inner(result),
        "logMessages": list(result.logs),
        "preTokenBalances": [],
        "postTokenBalances": [],
        "rewards": [],
        "loadedAddresses": {"writable": [*map(str, keys.written)], "readonly": [*map(str, keys.read)]},
        "computeUnitsConsumed": result.units,
    }
    return meta if result.returned is None else {**meta, "returnData": returned(result)}


def _inner(result: Result) -> list[dict[str, Any]]:
    groups = enumerate(result.inner)
    return [{"index": index, "instructions": [_instruction(call) for call in group]} for index, group in groups if group]


def returned(result: Result) -> dict[str, Any] | None:
    if result.returned is None:
        return None
    program, data = result.returned
    return {"programId": str(program), "data": [base64.b64encode(data).decode(), "base64"]}


def simulated(result: Result, keys: Keys | None, options: dict[str, Any]) -> dict[str, Any]:
    """A try-out's result; inner instructions with addresses instead of indices, as real nodes give them here."""
    body = {
        "err": result.err,
        "logs": list(result.logs),
        "accounts": _after(result, options.get("accounts")),
        "unitsConsumed": result.units,
        "returnData": returned(result),
        "innerInstructions": None,
    }
    if options.get("innerInstructions") and keys is not None:
        body["innerInstructions"] = [
            {"index": index, "instructions": [_spelled_out(call, keys.all) for call in group]}
            for index, group in enumerate(result.inner)
            if group
        ]
    return body


def _spelled_out(call: Inner, keys: tuple[Pubkey, ...]) -> dict[str, Any]:
    return {
        "programId": str(keys[call.program]),
        "accounts": [str(keys[index]) for index in call.accounts],
        "data": base58.encode(call.data),
        "stackHeight": call.height,
    }


def _after(result: Result, wanted: Any) -> list[dict[str, Any] | None] | None:
    if not wanted:
        return None
    keys = [Pubkey.from_string(address) for address in wanted["addresses"]]
    return [account(result.after.get(key), {"encoding": wanted.get("encoding", "base64")}) for key in keys]


def failed(result: Result) -> dict[str, Any]:
    """The data of a preflight's error."""
    return {**simulated(result, None, {}), "replacementBlockhash": None, "fee": None}
