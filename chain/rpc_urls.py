"""The list of RPC URLs of a network: one a line, or `env:NAME` for those a provider's secret key is part of."""

import os
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError


def resolve(text: str) -> list[str]:
    """All URLs in order, with `env:NAME` lines replaced by the comma list in that variable."""
    urls: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        urls += os.environ.get(line[4:], "").split(",") if line.startswith("env:") else [line]
    return [url.strip() for url in urls if url.strip()]


def validate(text: str) -> None:
    """Raise ValidationError unless each line is an http(s) URL or `env:NAME`, and there is at least one."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if not lines:
        raise ValidationError("Give at least one RPC URL.")
    for line in lines:
        parts = urlsplit(line)
        if not line.startswith("env:") and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValidationError("%(line)s is neither an http(s) URL nor env:NAME.", params={"line": line})
