"""What a browser may do with an answer: nothing, unless the kind of page needs more. No other host is ever named."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

_NOTHING = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
_PAGE = {
    **_NOTHING,
    "script-src": "'self'",
    # The theme and the API pages set style attributes. A style can tell nobody anything: pictures and fonts are our own.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
}


def _policy(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())


BARE = _policy(_NOTHING)
# 'unsafe-eval': the theme's Alpine evaluates the expressions in its own attributes. Scripts in the page stay forbidden.
ADMIN = _policy({**_PAGE, "script-src": "'self' 'unsafe-eval'", "form-action": "'self'"})
DOCS = _policy({**_PAGE, "worker-src": "blob:"})

# What a browser would otherwise let a page ask for; the copy buttons write to the clipboard.
_NEVER = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "web-share", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join([*(f"{feature}=()" for feature in _NEVER), "clipboard-write=(self)"])


class SecurityHeaders:
    """First of all middleware, so that static files and refusals carry them too. A view may have set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._pages = {reverse("admin:index"): ADMIN, reverse("docs"): DOCS, reverse("redoc"): DOCS}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        headers = answer.headers
        headers.setdefault("Content-Security-Policy", self._policy_for(request.path))
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith("/api/v1/"):
            headers.setdefault("Cache-Control", "no-store")
        return answer

    def _policy_for(self, path: str) -> str:
        return next((policy for prefix, policy in self._pages.items() if path.startswith(prefix)), BARE)
