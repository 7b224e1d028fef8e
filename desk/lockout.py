"""Wrong passwords lock a door for a while: for one name from one network after a few, for a whole network after many.

Kept in PostgreSQL, so that neither a lost cache nor a second web process gives more guesses. A guess is counted before its
password is looked at: a hundred requests at once are no more than a hundred requests one after another.
"""

import logging
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from desk.models import LoginFailure
from desk.origin import client_ip
from look.accounts import LoginForm as ThemesLoginForm

log = logging.getLogger(__name__)

BY_NAME = 5  # guesses for one name from one network
BY_NETWORK = 50  # guesses for all names from one network
MINUTES = 15  # from the last guess that was counted

MESSAGE = (
    "Too many wrong passwords. Log-in from here is locked for %(minutes)d minutes; it opens by itself. An administrator can "
    "open it at once (Failed log-ins, or `manage.py unlock`)."
)

# Counts from 1 again when the last counted guess is old. A guess while it is locked does not make it longer.
_COUNT = """
INSERT INTO desk_loginfailure AS f (username, ip, failures) VALUES (%(username)s, %(ip)s, 1)
ON CONFLICT (username, ip) DO UPDATE SET
    failures = CASE WHEN f.last_at < now() - make_interval(mins => %(minutes)s) THEN 1 ELSE f.failures + 1 END,
    last_at = CASE WHEN f.failures >= %(most)s AND f.last_at >= now() - make_interval(mins => %(minutes)s)
        THEN f.last_at ELSE now() END
RETURNING failures
"""


class LoginForm(ThemesLoginForm):
    """Django's own, behind the lock."""

    def clean(self) -> dict[str, object]:
        assert self.request is not None  # the admin's view gives it
        name, network = self.cleaned_data.get("username", ""), network_of(client_ip(self.request))
        if not name or not self.cleaned_data.get("password"):
            return dict(super().clean())  # nothing was guessed
        if _guesses(name, network, BY_NAME) > BY_NAME or _guesses("", network, BY_NETWORK) > BY_NETWORK:
            log.warning("login_locked", extra={"username": name, "ip": network})
            raise ValidationError(MESSAGE, code="locked", params={"minutes": MINUTES})
        cleaned = dict(super().clean())
        forget(name, network)
        return cleaned


def network_of(ip: str) -> str:
    """Who counts as one: an IPv4 address, or the /64 that a household has of IPv6."""
    address = ip_address(ip)
    return ip if address.version == 4 else str(ip_network((ip, 64), strict=False))


def forget(username: str, network: str) -> None:
    """The right password came, so these were no guesses; and what is a day old interests nobody."""
    LoginFailure.objects.filter(username=username, ip=network).delete()
    LoginFailure.objects.filter(last_at__lt=Now() - timedelta(days=1)).delete()


def is_locked(row: LoginFailure) -> bool:
    """Whether the next try would be refused unread."""
    most = BY_NAME if row.username else BY_NETWORK
    return row.failures >= most and row.last_at > timezone.now() - timedelta(minutes=MINUTES)


def unlock(username: str) -> int:
    """Open the door for a name, from wherever it was tried, and for those networks as a whole; how many locks there were."""
    rows = LoginFailure.objects.filter(username=username)
    networks = list(rows.values_list("ip", flat=True))
    LoginFailure.objects.filter(username="", ip__in=networks).delete()
    return rows.delete()[0]


def _guesses(username: str, network: str, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"username": username, "ip": network, "most": most, "minutes": MINUTES})
        return int(cursor.fetchone()[0])
