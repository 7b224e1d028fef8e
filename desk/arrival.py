"""Links from elsewhere: the session cookie is SameSite=Strict, so a browser keeps it back from a link in a chat.

Whoever followed it would see the log-in form, be asked for a password after clicking a link, and get used to that. So such
a request is answered with a page that goes to the same address once more; that second request is the admin's own, and
brings the cookie.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

_PAGE = '<!doctype html><title>Claimdesk</title><meta http-equiv="refresh" content="0">'
_BEEN_HERE = (
    "arrived"  # a cookie, for a few seconds: a browser that would come from elsewhere again is not sent round and round
)


class Arrival:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not comes_from_elsewhere(request):
            return self.get_response(request)
        answer = HttpResponse(_PAGE, headers={"Cache-Control": "no-store"})
        answer.set_cookie(_BEEN_HERE, "1", max_age=10, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
        return answer


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Whether somebody has followed a link of another site to a page of the admin (Fetch Metadata, as all browsers send it)."""
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Site") == "cross-site"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.path.startswith(reverse("admin:index"))
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and _BEEN_HERE not in request.COOKIES
    )
