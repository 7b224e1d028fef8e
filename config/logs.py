"""One logging configuration for every process: Django, django-q2 and gunicorn write the same kind of line."""

import re
import sys
from typing import Any

import structlog
from django.views.debug import SafeExceptionReporterFilter
from structlog.typing import Processor

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


def configure(level: str, kind: str) -> dict[str, Any]:
    """Set structlog up and return the `dictConfig` for `LOGGING`; `kind` is "json" or "console"."""
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
        "()": structlog.stdlib.ProcessorFormatter,
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
        },
    }


class HideSecrets(SafeExceptionReporterFilter):
    """Django hides names with KEY, PASS, SECRET; a mnemonic or an address with a password is as secret."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|MNEMONIC|_URL|_DSN", flags=re.IGNORECASE
    )
