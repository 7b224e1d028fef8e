"""Amounts, prices and links of a network as people see them, by its family. The words of `look.values`, pure."""

from django.utils.safestring import SafeString

from chain.decisions import coins as in_words
from chain.models import Network
from look import values


def coin(network: Network, amount: int | None) -> SafeString:
    """An amount of the network's own coin, in wei or lamports."""
    return values.units(amount, network.decimals, network.currency)


def coins(network: Network, amount: int) -> str:
    """The same in plain text, all of it."""
    return in_words(amount, network.currency, network.decimals)


def price(network: Network, amount: int | None) -> SafeString:
    """What a unit of gas or compute costs, in wei or micro-lamports."""
    return values.micro_lamports(amount) if network.is_solana else values.gwei(amount)


def number(network: Network, nonce: int) -> str:
    """What a transaction of a wallet is called: Solana has no nonces, there it is our own count."""
    return f"number {nonce}" if network.is_solana else f"nonce {nonce}"


def outside(network: Network, kind: str, value: str) -> SafeString:
    """A link to the explorer's page of a `tx` or an `address`."""
    return values.explorer(network.explorer_url, kind, value)
