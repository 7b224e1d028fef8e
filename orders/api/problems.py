"""Everything that goes wrong is said as problem+json (RFC 9457): the field, a stable code, and what to do."""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from chain.errors import ChainError
from orders.actions import NotAllowed, NotSafe
from orders.intake import CellError, FieldError, Refusal, Refused

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
_STATUS = {
    Refusal.INVALID: 400,
    Refusal.FORBIDDEN: 403,
    Refusal.NOT_FOUND: 404,
    Refusal.KEY_REUSED: 422,
    Refusal.SIGNATURE_FORGED: 422,
}


class TooLarge(exceptions.APIException):
    """The body is longer than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = 413
    default_code = "too_large"


def problem(
    status: int, code: str, detail: str, *, errors: Sequence[FieldError | CellError] = (), instance: str = "", **facts: Any
) -> dict[str, Any]:
    """The body of a problem. Members beyond the RFC's own: `code`, `errors`, `request_id` and the facts."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "errors": [error._asdict() for error in errors],
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        **facts,
    }


def of_refusal(refused: Refused, instance: str = "") -> dict[str, Any]:
    """409 unless the table says otherwise: the request is fine, the state of things is against it."""
    status = _STATUS.get(refused.code, 409)
    return problem(status, refused.code, refused.message, errors=refused.errors, instance=instance, **refused.facts)


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None for what nobody foresaw: that is a 500, and is logged as one."""
    path = context["request"].path
    body = _body(error, path)
    if body is None:
        return None
    if body["status"] >= 500:
        log.warning("request_could_not_be_served", exc_info=error)
    return Response(body, status=body["status"], headers=_headers(error), content_type=CONTENT_TYPE)


def _body(error: Exception, path: str) -> dict[str, Any] | None:
    if isinstance(error, Refused):
        return of_refusal(error, path)
    if isinstance(error, NotAllowed):
        facts: dict[str, Any] = {"allowed_actions": list(error.allowed), "revision": error.order.revision}
        if isinstance(error, NotSafe):
            finding = error.finding
            return problem(409, finding.verdict, error.message, instance=path, **facts, evidence=finding.evidence)
        return problem(409, "not_allowed", error.message, instance=path, **facts)
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "invalid", "The request is not valid.", errors=field_errors(error.detail), instance=path)
    status, code, detail = _words(error)
    return problem(status, code, detail, instance=path) if status else None


def _words(error: Exception) -> tuple[int, str, str]:
    """Status, code and detail; status 0 for what nobody foresaw."""
    match error:
        case exceptions.APIException():
            return error.status_code, _code(error), str(error.detail)
        case Http404():
            return 404, "not_found", "There is no such thing here."
        case PermissionDenied():
            return 403, "forbidden", "That is not permitted."
        case RecursionError():
            return 400, "parse_error", "The JSON is nested too deeply."
        case OperationalError() | ChainError():
            return 503, "try_again", _unavailable(error)
    return 0, "", ""


def _unavailable(error: Exception) -> str:
    """A node's answer is worth reading; a database's is not for callers."""
    return str(error) if isinstance(error, ChainError) else "The database is busy. Try again with the same Idempotency-Key."


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, OperationalError | ChainError):
        headers["Retry-After"] = "1"
    return headers


def field_errors(detail: Any) -> list[FieldError]:
    """DRF's nested lists and dictionaries as a flat list of fields."""
    return list(_flat(detail, ""))


def _flat(detail: Any, path: str) -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield FieldError(path, str(detail), getattr(detail, "code", "invalid"))


# -- Django's own errors, which happen before or outside of DRF ----------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, 400, "bad_request", "The request cannot be read.") or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, 403, "forbidden", "That is not permitted.") or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, 404, "not_found", "There is no such path.") or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    detail = "Something broke here. With the same Idempotency-Key it is safe to try again."
    return _plain(request, 500, "server_error", detail) or defaults.server_error(request)


def _plain(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse | None:
    if not request.path.startswith("/api/"):
        return None
    return JsonResponse(problem(status, code, detail, instance=request.path), status=status, content_type=CONTENT_TYPE)
