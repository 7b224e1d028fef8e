"""Who asks, what they may do, and how often."""

import logging
import time
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from orders import keys
from orders.models import ApiKey, Client
from orders.states import Scope

log = logging.getLogger(__name__)

_SCHEMES = ("bearer", "api-key")
_SILENCE = 2.0  # seconds a cache that did not answer is left alone


@dataclass(frozen=True, slots=True)
class Principal:
    """What a request may call its user: a client with a key."""

    client: Client
    key: ApiKey
    scopes: frozenset[str]
    is_authenticated = True

    @property
    def pk(self) -> int:
        """For the request log, which names the user by it."""
        return self.key.pk

    @property
    def actor(self) -> str:
        return f"client:{self.client.name}"


def principal(request: Request) -> Principal:
    """The client that asks; only for views that `HasScope` guards."""
    return cast(Principal, request.user)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer cd_…` or `Authorization: Api-Key cd_…`."""

    def authenticate(self, request: Request) -> tuple[Principal, ApiKey] | None:
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() not in _SCHEMES:
            return None
        key = keys.find(text.strip())
        if key is None:
            raise AuthenticationFailed("The API key is unknown, expired or revoked.")
        return Principal(key.client, key, frozenset(key.scopes)), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="claimdesk"'


class HasScope(BasePermission):
    """The key needs one of the scopes that the view names for the method. A method without scopes is for nobody."""

    message = "The API key lacks the scope for this."
    code = "missing_scope"

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in view.allowed_methods:
            return True  # nothing will run: the view answers 405
        if not isinstance(request.user, Principal):
            return False
        needed: tuple[Scope, ...] = getattr(view, "scopes", {}).get(method, ())
        return not request.user.scopes.isdisjoint(needed)


class Uncounted(APIException):
    """Nobody can say how many requests this caller has made, and what was asked for moves money."""

    status_code = 503
    default_detail = "Requests cannot be counted right now. Try again with the same Idempotency-Key."
    default_code = "try_again"
    wait = 2  # seconds


class KeyThrottle(ScopedRateThrottle):
    """So many requests per key and window, counted in the shared cache.

    A process takes requests from the shared count by the hundredth of the rate and spends them by itself, so that
    most requests ask nobody. With several processes the rate is therefore kept to within a few hundredths.

    While the cache is gone requests are let pass and marked: `must_be_counted` then refuses those that move money.
    """

    scope = "key"
    rate_setting = "API_RATE"
    # What is left of this process's lease, by caller: (window, requests). Losing it is harmless.
    _leases: dict[str, tuple[int, int]] = {}
    _gone_until = 0.0  # on the monotonic clock; nobody waits for a cache that was just found to be gone

    def __init__(self) -> None:
        requests, seconds = self.parse_rate(getattr(settings, self.rate_setting))
        self.requests, self.seconds = requests or 0, seconds or 1

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Principal) or not self.requests:
            return True
        try:
            return self._count(self.caller(request.user))
        except (RedisError, DatabaseError, OSError):
            KeyThrottle._gone_until = time.monotonic() + _SILENCE
            log.warning("requests_uncounted")
        except _StillGoneError:
            pass
        request.uncounted = True  # a mark for `must_be_counted`
        return True

    def caller(self, who: Principal) -> str:
        """Whose requests are counted together."""
        return f"rate:{who.key.pk}"

    def _count(self, caller: str) -> bool:
        window = int(time.time()) // self.seconds
        of, left = self._leases.get(caller, (window, 0))
        if of != window or left <= 0:
            left = self._lease(f"{caller}:{window}")
        self._leases[caller] = (window, left - 1)
        return left > 0

    def _lease(self, name: str) -> int:
        """Take some of what is left of the shared count; 0 when nothing is."""
        if time.monotonic() < KeyThrottle._gone_until:
            raise _StillGoneError
        some = max(1, self.requests // 100)
        cache.add(name, 0, timeout=2 * self.seconds)
        return some if cache.incr(name, some) <= self.requests else 0

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.seconds - time.time() % self.seconds


class ClientThrottle(KeyThrottle):
    """The same for all keys of a client together: more keys are not more requests."""

    scope = "client"
    rate_setting = "API_CLIENT_RATE"

    def caller(self, who: Principal) -> str:
        return f"rate:client:{who.client.pk}"


class _StillGoneError(Exception):
    """The cache was gone a moment ago."""


def must_be_counted(request: Request) -> None:
    """For what moves money: the throttle fails closed. Raises Uncounted."""
    if hasattr(request, "uncounted"):
        raise Uncounted
