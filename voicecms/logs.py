"""Logging: `[Timestamp] [Level] [Module] Message` on the console, JSON lines in LOG_FILE."""

import logging
import re
from typing import Any

import structlog

TOKEN = re.compile(
    r"(?<=/)(?:%[0-9A-Fa-f]{2}|=3D|[=<> ])*[\w-]{43}(?![\w.-])|(?<=/review/)[\w-]{8,}"
)
"""Also in an address that a mail program has doubled, cut or spelled otherwise."""


def without_tokens(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace review tokens in addresses: the address of a reviewer's page is a key."""
    for name, value in event.items():
        if isinstance(value, str) and "/" in value:
            event[name] = TOKEN.sub("…", value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def console_line(_logger: Any, _method: str, event: dict[str, Any]) -> str:
    """One record as `[2026-01-31T12:00:00Z] [INFO] [apps.takes] message key=value`."""
    head = "[{}] [{}] [{}] {}".format(
        event.pop("timestamp", ""),
        event.pop("level", "").upper(),
        event.pop("logger", ""),
        event.pop("event", ""),
    )
    trace = event.pop("exception", "")
    pairs = " ".join(f"{key}={value}" for key, value in event.items() if not key.startswith("_"))
    return "\n".join(part for part in (f"{head} {pairs}".rstrip(), trace) if part)


def logging_config(*, level: str, file: str) -> dict[str, Any]:
    """A `LOGGING` dictionary; `file` may be empty. Exits for an unknown level."""
    if level.upper() not in logging.getLevelNamesMapping():
        raise SystemExit(f"LOG_LEVEL is {level!r}; use DEBUG, INFO, WARNING or ERROR.")
    _configure_structlog()
    handlers = _handlers(file)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "console": _formatter(console_line),
            "json": _formatter(structlog.processors.JSONRenderer()),
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level.upper()},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "django_structlog": {"level": "WARNING"},
        },
    }


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            *SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _handlers(file: str) -> dict[str, Any]:
    console = {"class": "logging.StreamHandler", "formatter": "console"}
    if not file:
        return {"console": console}
    watched = {
        "class": "logging.handlers.WatchedFileHandler",
        "filename": file,
        "formatter": "json",
    }
    return {"console": console, "file": watched}


def _formatter(renderer: Any) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_tokens,
            renderer,
        ],
        "foreign_pre_chain": [*SHARED, structlog.processors.format_exc_info],
    }
