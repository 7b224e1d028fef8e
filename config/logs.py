"""One logging configuration for every process: Django, django-q2 and gunicorn write the same kind of line."""

import logging.config
import os
import re
from typing import Any

import structlog
from django.views.debug import SafeExceptionReporterFilter
from gunicorn.glogging import Logger
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
OWNERS_OF_HANDLERS = ("django", "django.server", "django-q", "gunicorn.error", "gunicorn.access")


def _render(kind: str) -> list[Processor]:
    if kind == "console":
        return [structlog.dev.ConsoleRenderer()]
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
        "loggers": dict.fromkeys(OWNERS_OF_HANDLERS, plain),
    }


class HideSecrets(SafeExceptionReporterFilter):
    """Django hides names with KEY, PASS, SECRET; a mnemonic or an address with a password is as secret."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|MNEMONIC|_URL|_DSN", flags=re.IGNORECASE
    )


class GunicornLogger(Logger):
    """gunicorn before the settings are loaded, and after: the handlers of `configure`, never its own."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - the signature is gunicorn's
        kind = os.environ.get("LOG_FORMAT", "json")
        logging.config.dictConfig(configure(os.environ.get("LOG_LEVEL", "INFO"), kind))
