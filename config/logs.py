"""One logging configuration for every process: Django, django-q2 and gunicorn write the same kind of line."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import structlog
from django.views.debug import SafeExceptionReporterFilter
from structlog.typing import Processor

from chain.errors import redact

# Applied to our own events and to foreign log records alike, so that both carry level, time and request id.
SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)

# These install handlers of their own unless they are configured first.
OWNERS_OF_HANDLERS = ("django", "django.server", "django-q", "gunicorn.error")


def _render(kind: str) -> list[Processor]:
    if kind == "console":
        # Not the default formatter: it prints local variables, and some of them are secrets.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


# What is secret by its form: an API key, whatever stands in an Authorization header, signed bytes.
_SECRET_FORMS = (
    (re.compile(r"\bcd_([0-9a-zA-Z]{4,12})_[\w-]{8,}"), r"cd_\1_…"),
    (re.compile(r"\b(bearer|api-key|basic|digest)(\s+)[\w.~+/=-]{6,}", re.IGNORECASE), r"\1\2…"),
    (re.compile(r"\b(0x[0-9a-fA-F]{8})[0-9a-fA-F]{150,}"), r"\1…"),
)


class Masked(structlog.stdlib.ProcessorFormatter):
    """The last net. No secret should come here; if a library's error brings one along, it does not reach the log.

    `secrets` are this installation's own, which no form tells.
    """

    def __init__(self, *args: Any, secrets: Iterable[str | None] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {text for secret in secrets if secret for text in (secret, quote(secret), quote_plus(secret))}
        longest_first = sorted((text for text in known if len(text) >= _SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        if self._known:
            text = self._known.sub("…", text)
        for form, instead in _SECRET_FORMS:
            text = form.sub(instead, text)
        return text


_SHORTEST = 6  # letters; a password like `test` is no secret, and would blacken every line


def configure(level: str, kind: str, secrets: Iterable[str | None] = ()) -> dict[str, Any]:
    """Set structlog up and return the `dictConfig` for `LOGGING`; `kind` is "json" or "console", `secrets` appear nowhere."""
    if kind not in ("json", "console"):
        raise ValueError(f"LOG_FORMAT is {kind!r}; it must be json or console")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": Masked,
        "secrets": [secret for secret in secrets if secret],
        "foreign_pre_chain": SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_render(kind)],
    }
    plain = {"handlers": ["stderr"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **dict.fromkeys(OWNERS_OF_HANDLERS, plain),
            "gunicorn.access": {"level": "WARNING"},  # django-structlog already writes a line per request
            "urllib3": {"level": "WARNING"},  # below it says the path of each request: with a node that is the provider's key
        },
    }


class HideSecrets(SafeExceptionReporterFilter):
    """Django hides names with KEY, PASS, SECRET; a mnemonic or an address with a password is as secret."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|MNEMONIC|_URL|_DSN|LOCATION|^REDIS$", flags=re.IGNORECASE
    )
