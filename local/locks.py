"""File locks that vanish with their holder, however it dies."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """An advisory `flock` on a file of its own. Forked children share it; the last of them ends it."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def share(self) -> None:
        """Wait until nobody holds the lock alone, then hold it together with others."""
        fcntl.flock(self._fd, fcntl.LOCK_SH)

    def take(self) -> bool:
        """Hold the lock alone. False at once when anybody else holds it; a share of ours is then lost."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._fd)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock on `path`."""
    lock = FileLock(path)
    try:
        return not lock.take()
    finally:
        lock.close()
