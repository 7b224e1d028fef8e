"""Who sends a request, and from where: for locks, and for the trail that the database keeps."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from chain import trail
from orders.api.views import OrderAction

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def client_ip(request: HttpRequest) -> str:
    """The address the request came from.

    `X-Forwarded-For` is believed only as far as our own proxies wrote it: PROXY_HOPS entries from its end. Whatever stands
    before those came from the caller, who may write what he likes.
    """
    peer = _address(request.META.get("REMOTE_ADDR", "")) or "0.0.0.0"  # noqa: S104 - gunicorn on a Unix socket names no peer
    hops: int = settings.PROXY_HOPS
    if not hops:
        return peer
    told = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    return (_address(told[-hops]) if len(told) >= hops else "") or peer


def _address(text: str) -> str:
    """The address in the one way to write it, with a port cut off that some proxies add; empty for anything else."""
    for candidate in (text, text.rpartition(":")[0].strip("[]")):
        with suppress(ValueError):
            return str(ip_address(candidate.partition("%")[0]))
    return ""


class Origin:
    """Tells the database who is at work, while a request is served that may leave a trace in the trail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        structlog.contextvars.bind_contextvars(ip=client_ip(request))
        try:
            return self.get_response(request)
        finally:
            if hasattr(request, "in_the_trail"):
                _forget()

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> None:
        if request.method in _SAFE or not _leaves_a_trace(request, view):
            return
        user = getattr(request, "user", None)
        request.in_the_trail = True  # type: ignore[attr-defined]  # a mark for `__call__`
        staff = f"staff:{user.get_username()}" if user is not None and user.is_authenticated else ""
        trail.tell(
            actor=staff,
            ip=client_ip(request),
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
            reason=request.POST.get("reason", "") if staff else "",
        )


def _leaves_a_trace(request: HttpRequest, view: Any) -> bool:
    """Whatever staff send, and what clients ask of orders. New orders leave theirs in their own history, and are many."""
    return request.path.startswith(reverse("admin:index")) or getattr(view, "cls", None) is OrderAction


def _forget() -> None:
    """The connection serves others next. One that is lost needs no telling; one that fails is not used again."""
    if connection.connection is None:
        return
    try:
        trail.tell()
    except DatabaseError:
        connection.close()
