"""Redis servers that other systems write to: how they are reached, and what being without one looks like."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0  # for what does not wait on purpose

AWAY = (RedisConnectionError, RedisTimeoutError)
LOST = RedisError  # it cannot be reached, or cannot do what it was asked


def connect(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> Redis:
    """A client that answers in bytes and repeats nothing by itself: what was asked twice may have been done twice."""
    return Redis.from_url(
        url,
        socket_timeout=answer_seconds,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


def readable(value: object, most: int = 500) -> str:
    """Foreign bytes as text that PostgreSQL and people can take; never longer than `most`."""
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
    text = text.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")  # lone surrogates, and the null character
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
