"""gunicorn's settings for the web process. Requests are short, so threads; a database pool per process."""

import os
import sys

from config import logs

os.environ.setdefault("DATABASE_POOL", "true")
# The web process signs and uploads nothing and must not be able to, even where it is started in the worker's environment.
# Empty and not removed, because a file .env would fill what is missing.
KEYS = (
    "MNEMONIC", "MNEMONIC_FILE", "PROCESSOR_MNEMONIC", "PROCESSOR_MNEMONIC_FILE", "KEYSTORE_PASSWORD_FILE",
    "IPFS_TOKEN", "IPFS_TOKEN_FILE", "IPFS_PIN_TOKEN", "IPFS_PIN_TOKEN_FILE",
)  # fmt: skip
SECRETS = [name for name in KEYS if os.environ.get(name)]
os.environ.update({**dict.fromkeys(KEYS, ""), "MAY_SIGN": "false"})
if SECRETS:
    # What a process was started with stays in its memory and in /proc for as long as it lives. So it starts anew, without.
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the very command that began this process

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 30  # seconds; no request waits for a chain longer than the node client's own timeout
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - heartbeats, not on a disk
# The same lines as everybody else; an access log would repeat what django-structlog says.
logconfig_dict = logs.configure(os.environ.get("LOG_LEVEL", "INFO"), os.environ.get("LOG_FORMAT", "json"))
