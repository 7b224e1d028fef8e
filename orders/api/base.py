"""What all views of the API share."""

import json
import re
from hashlib import sha256
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from orders.api.auth import ClientThrottle, KeyThrottle
from orders.api.openapi import ApiSchema
from orders.api.problems import TooLarge
from orders.intake import invalid
from orders.states import Scope

KEY_HEADER = "Idempotency-Key"
_DEEPEST = 20
_BRACKETS = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*"')
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class JsonParser(BaseParser):
    """JSON in UTF-8, read strictly: no NaN, no name twice in an object. Raises ParseError."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return read_json(stream.read().decode())
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


def read_json(text: str) -> Any:
    """Raises ValueError for what is no JSON in our sense."""
    _check_depth(text)
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)


def _check_depth(text: str) -> None:
    """json recurses in C: how deep it may go depends on a limit that any library may have raised, past what the stack holds."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket, 0)
        if depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} levels of nesting")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


class OnlyJson(BaseContentNegotiation):
    """JSON goes in and out; what the caller would like to `Accept` changes nothing."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """What a view says of itself: `scopes` that each method needs, any one of which will do (a method without is refused);
    `body`, `query`, `answer` (200), `found` (200, where a GET differs) and `accepted` (202), the shapes of what it reads and
    writes.
    """

    schema = ApiSchema()
    parser_classes = [JsonParser]
    content_negotiation_class = OnlyJson
    throttle_classes = [KeyThrottle, ClientThrottle]
    metadata_class = None
    http_method_names = ["get", "head", "post"]
    scopes: dict[str, tuple[Scope, ...]] = {}
    body: Any = None
    query: Any = None
    answer: Any = None
    found: Any = None
    accepted: Any = None
    needs_key = False
    conflicts = False  # of a GET: whether it may answer 409

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too long before anything of it is read."""
        length = str(request.META.get("CONTENT_LENGTH") or 0)
        if not length.isdecimal():
            raise ParseError("Content-Length is no number.")
        if int(length) > (most := self.most_bytes(request)):
            raise TooLarge(f"The body may have {most:,} bytes.")
        super().initial(request, *args, **kwargs)

    def most_bytes(self, request: Request) -> int:
        """How long a body may be."""
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def validated(self, request: Request) -> dict[str, Any]:
        """The body, checked against `body`. Raises ValidationError."""
        serializer = self.body(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


def idempotency_key(request: Request) -> str:
    """The key that makes a repeated request harmless. Raises Refused."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise invalid(KEY_HEADER, "This header is required: any text that is new for each new request.", "required")
    if not _KEY.fullmatch(key):
        raise invalid(KEY_HEADER, "The key has 1 to 200 printable ASCII characters and no spaces.")
    return key


def request_hash(request: Request) -> str:
    """SHA-256 of what is asked for: path and body, whatever the order and spacing of its JSON."""
    return hash_of(request.path, request.data)


def hash_of(path: str, body: Any) -> str:
    """The same of what stands for a body, where that is no JSON itself."""
    canonical = json.dumps([path, body], sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
