"""How chain values look to people: short, with the exact value at hand. Pure."""

from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit

from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = SafeString("-")
_SHOWN_PLACES = 6  # digits after the point; the title has them all


def decimal_text(value: int, decimals: int) -> str:
    """`value` base units as a decimal number, exact: 1500000000, 9 -> 1.5."""
    digits = str(value).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def units(value: int | None, decimals: int, symbol: str = "") -> SafeString:
    """Base units as tokens, cut to what can be read at a glance; the title has the exact number of base units."""
    if value is None:
        return NOTHING
    whole, _, part = decimal_text(value, decimals).partition(".")
    shown = f"{int(whole):,}" + (f".{part[:_SHOWN_PLACES]}" if part else "")
    if len(whole) > 30:  # a limit such as 2**256 - 1 would tear the table apart
        shown = f"{Decimal(whole):.3e}"
    return format_html('<span title="{} base units" class="look-number">{}</span>', str(value), f"{shown} {symbol}".strip())


def gwei(value: int | None) -> SafeString:
    """wei per gas as gwei; the title has the wei."""
    if value is None:
        return NOTHING
    return format_html('<span title="{} wei" class="look-number">{} gwei</span>', str(value), decimal_text(value, 9))


def micro_lamports(value: int | None) -> SafeString:
    """Micro-lamports per compute unit, which is what Solana's priority is offered in."""
    if value is None:
        return NOTHING
    title = f"{value} micro-lamports per compute unit"
    return format_html('<span title="{}" class="look-number">{} µlamports</span>', title, f"{value:,}")


def short(text: str) -> SafeString:
    """0x1234…abcd for a hash or an address; the title has all of it and a click copies it."""
    if not text:
        return NOTHING
    shown = text if len(text) <= 14 else f"{text[:8]}…{text[-6:]}"
    return _copyable(text, shown)


def full(text: str) -> SafeString:
    """All of a hash or an address; a click copies it."""
    if not text:
        return NOTHING
    return _copyable(text, text)


def _copyable(text: str, shown: str) -> SafeString:
    title = f"{text} (click to copy)"
    return format_html('<button type="button" class="look-copy" data-copy="{}" title="{}">{}</button>', text, title, shown)


def link(url: str, text: object) -> SafeString:
    return format_html('<a class="look-link" href="{}">{}</a>', url, text)


def explorer(explorer_url: str, kind: str, value: str) -> SafeString:
    """A link to the block explorer's page of a `tx` or an `address`; nothing where the network has no explorer."""
    if not explorer_url or not value:
        return SafeString("")
    url = explorer_page(explorer_url, kind, value)
    return format_html('<a class="look-link look-out" href="{}" target="_blank" rel="noopener noreferrer">explorer ↗</a>', url)


def explorer_page(explorer_url: str, kind: str, value: str) -> str:
    """The address of that page. What the explorer's own has after a `?`, such as `cluster=devnet`, stays at the end."""
    parts = urlsplit(explorer_url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{kind}/{value}"))


def redacted(url: str) -> str:
    """A URL's scheme and host. The rest often is a provider's secret key."""
    if url.startswith("env:"):
        return url
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    hidden = "/…" if parts.path.strip("/") or parts.query or parts.username else ""
    return f"{parts.scheme}://{parts.hostname}{port}{hidden}"
