"""The addresses that answer for process managers, load balancers and uptime tools."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse

from orders.health import checks
from orders.health.asking import Result, ask, registered

# The answers of the staking service that Claimdesk takes the place of: its words, and the checks that each is made of.
# One that is not registered, such as those of a stream where there is none, says nothing.
LIVENESS = {"processor": ("loop", "stream_loop"), "nonAckPendingTx": ("unacknowledged",)}
READINESS = {"balance": ("balance",), "pendingMessageIsStuck": ("message_age",)}


def alive(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Requests can be served: 200, else 503."""
    asked = {"database": checks.database, "migrations": checks.migrations, "broker": checks.broker}
    return _answer(request, ask(asked), otherwise=503)


def monitor(request: HttpRequest) -> HttpResponse:
    """All goes well: 200, else 500."""
    return _answer(request, ask(registered()), otherwise=500)


def liveness(request: HttpRequest) -> HttpResponse:
    """The processes go on. Money and chain are no part of it: nobody should start again what only waits for coin."""
    return _probe(LIVENESS)


def readiness(request: HttpRequest) -> HttpResponse:
    return _probe(READINESS)


def _answer(request: HttpRequest, results: Sequence[Result], otherwise: int) -> HttpResponse:
    ok = all(result.ok for result in results)
    status = 200 if ok else otherwise
    if request.GET.get("format") == "text" or request.get_preferred_type(["application/json", "text/plain"]) == "text/plain":
        lines = [f"{result.name} {'ok' if result.ok else 'error'} - {result.detail}\n" for result in results]
        return HttpResponse("".join(lines), content_type="text/plain; charset=utf-8", status=status)
    shown = [{"name": result.name, "ok": result.ok, "detail": result.detail} for result in results]
    return JsonResponse({"ok": ok, "checks": shown}, status=status)


def _probe(words: Mapping[str, Sequence[str]]) -> HttpResponse:
    known = registered()
    asked = {name: known[name] for names in words.values() for name in names if name in known}
    results = {result.name: result for result in ask(asked)}
    said = {word: _said([results[name] for name in names if name in results]) for word, names in words.items()}
    return JsonResponse(said, status=200 if set(said.values()) == {"ok"} else 500)


def _said(results: Sequence[Result]) -> str:
    wrong = [result.detail for result in results if not result.ok]
    return f"error - {'; '.join(wrong)}" if wrong else "ok"
