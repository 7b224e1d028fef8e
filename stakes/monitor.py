"""What the monitor asks of the stream. Each answers whether all is well, and a line without a secret. Without Redis: raises."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings

from stakes.consumer import target
from stakes.stream import Stream, configured

Check = tuple[bool, str]

UNUSED = True, "no stream is listened to"


def _of_the_stream(check: Callable[[Stream], Check]) -> Callable[[], Check]:
    """The check for an installation that may have no stream."""

    @wraps(check)
    def checked() -> Check:
        stream = configured()
        if stream is None:
            return UNUSED
        with stream.redis:
            return check(stream)

    return checked


@_of_the_stream
def unacknowledged(stream: Stream) -> Check:
    """How many messages were read and are not stored: exact, and red above MAX_NON_ACK_PENDING_MESSAGES."""
    counts, most = stream.counts(), settings.STAKING.most_unacknowledged
    unread = "" if counts.undelivered is None else f", {counts.undelivered} not read yet"
    return counts.unacknowledged <= most, f"{counts.unacknowledged} not acknowledged{unread}; {most} are allowed"


@_of_the_stream
def stream_loop(stream: Stream) -> Check:
    """Somebody has looked at the stream within PROCESSOR_QUEUE_LISTENER_LOOP_MAX_TIMEOUT, by the clock of Redis."""
    last = stream.last_check()
    if last is None:
        return False, "nobody has looked at the stream yet"
    age = max(0, stream.now() - last)
    return age <= settings.STAKING.loop_limit, f"last looked at {age / 1000:.1f} s ago"


@_of_the_stream
def message_age(stream: Stream) -> Check:
    """The oldest message that is not stored yet is younger than PROCESSOR_ALERT_TIMESTAMP_STUCK_DURATION, and will be stored.

    That the contract is closed is told here: the loop goes on, and nobody should start it again for that.
    """
    oldest = stream.counts().oldest
    if oldest is None:
        return True, "no message waits"
    if target() is None:
        return False, "messages wait: there is no open staking contract that they are for"
    age = max(0, stream.now() - oldest)
    return age <= settings.STAKING.stuck_after, f"the oldest message has waited for {age / 1000:.0f} s"
