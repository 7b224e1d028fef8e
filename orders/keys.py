"""API keys: made here, shown once, and kept as a digest only."""

import hmac
import secrets
from collections.abc import Iterable
from hashlib import sha256

from django.db.models.functions import Now

from orders.models import ApiKey, Client
from orders.states import Scope


def issue(client: Client, scopes: Iterable[Scope]) -> tuple[ApiKey, str]:
    """Make a key and return it with its text `cd_PREFIX_SECRET`, which nobody can read again."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = f"cd_{prefix}_{secret}"
    key = ApiKey.objects.create(client=client, prefix=prefix, digest=_digest(text), scopes=sorted(set(scopes)))
    return key, text


def find(text: str) -> ApiKey | None:
    """The usable key with this text and its client, in one query; None for an unknown, expired or revoked one."""
    usable = ApiKey.objects.select_related("client").filter(client__is_active=True, revoked_at=None)
    key = usable.exclude(expires_at__lte=Now()).filter(prefix=_prefix(text)).first()
    # A plain SHA-256 will do: the secret has 256 random bits, so there is nothing to guess.
    return key if key is not None and hmac.compare_digest(key.digest, _digest(text)) else None


def _prefix(text: str) -> str:
    """The public part. A NUL, which PostgreSQL refuses in text, is in no key."""
    parts = text.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "cd" and parts[1].isalnum() else ""


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
