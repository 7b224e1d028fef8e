"""Settings, all read from the environment (documented in `.env.example`); a missing secret stops the process.

Without DATABASE_URL this is an installation on one machine: the embedded PostgreSQL is started, the secret
key is made once and kept in DATA_DIR, only loopback hosts are served, and plain http is accepted. With
DATABASE_URL nothing is assumed. `DATABASE_URL=off` is for tools that import settings but need no database.
"""

import os
import secrets
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from config import ipfs, logs, monitor, q, staking
from local import postgres
from look import theme

django_stubs_ext.monkeypatch()  # lets classes say ModelAdmin[Order] at run time, as the types do

BASE_DIR = Path(__file__).resolve().parent.parent

# FileAwareEnv reads NAME from the file named by NAME_FILE when that is set: docker and kubernetes secrets.
env = environ.FileAwareEnv()
env.read_env(str(BASE_DIR / ".env"))  # values of the real environment win

DEBUG: bool = env.bool("DEBUG", default=False)
DATA_DIR: Path = BASE_DIR / env.str("DATA_DIR", default="var")
DATABASE_URL: str = env.str("DATABASE_URL", default="").strip()
LOCAL = DEBUG or DATABASE_URL in ("", "off")


def _local_secret_key() -> str:
    """A key made on first use and kept beside the local data, so that sessions outlive a restart."""
    path = DATA_DIR / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"secret_key.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)  # unlike a rename this loses to an existing file: the first process wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


def _secret_key() -> str:
    given: str = env.str("SECRET_KEY", default="").strip()
    if not given and not LOCAL:
        raise ImproperlyConfigured("set SECRET_KEY (or SECRET_KEY_FILE): 50 random characters or more")
    return given or _local_secret_key()


SECRET_KEY = _secret_key()
# Earlier keys, whose sessions go on until they expire: put the old one here when you set a new one.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=LOOPBACK if LOCAL else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "django_structlog",
    "look",
    "chain",
    "orders",
    "withdrawals",
    "claims",
    "stakes",
    "mints",
    "desk",
    "demo",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "config.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "desk.arrival.Arrival",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "desk.origin.Origin",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- database ------------------------------------------------------------------------------------------------

TIMEOUTS = {
    # Nothing of ours runs longer; a query that does has a missing index and must not hold a lane's locks.
    "statement_timeout": "30s",
    # Rows are locked for milliseconds. Waiting longer means a fault: fail and let the next tick try again.
    "lock_timeout": "10s",
    # No transaction stays open across an RPC call (money rule 4). One that is idle this long is a bug or a
    # frozen host, and its row locks would stop everybody else.
    "idle_in_transaction_session_timeout": "30s",
}
# The other end of a connection may vanish without a word: a host that loses its power, a cable, a firewall that forgets.
# Both ends then give up after about 15 s. The server's end matters most: it is the one that holds a lane's lock.
KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2}  # seconds, seconds, probes
TCP_USER_TIMEOUT = 15_000  # milliseconds that sent data may stay without an answer of the other host
_SERVERS_END = {f"tcp_{name}": value for name, value in KEEPALIVES.items()} | {"tcp_user_timeout": TCP_USER_TIMEOUT}


def _checked(name: str, url: str, *schemes: str) -> str:
    """The URL of a service. The error says nothing of it: what cannot be read as a port is half of somebody's password."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise ImproperlyConfigured(
            f"{name} must look like {schemes[0]}://user:password@host:port/name; in user and password write whatever is no "
            "letter or digit as %XX"
        )
    return url


def _database(url: str) -> dict[str, Any]:
    if url == "off":
        return {"ENGINE": "django.db.backends.dummy"}
    url = _checked("DATABASE_URL", url, "postgres", "postgresql") if url else postgres.url(DATA_DIR)
    return {
        **environ.Env.db_url_config(url),
        "CONN_HEALTH_CHECKS": True,  # a restarted server costs one reconnect, not one failed request
        "OPTIONS": {
            # The web process sets DATABASE_POOL: its threads share connections. Workers keep one each.
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=10), "timeout": 10}
            if env.bool("DATABASE_POOL", default=False)
            else None,
            "connect_timeout": 5,
            **KEEPALIVES,
            "tcp_user_timeout": TCP_USER_TIMEOUT,
            "options": " ".join(f"-c {name}={value}" for name, value in {**TIMEOUTS, **_SERVERS_END}.items()),
        },
    }


DATABASES = {"default": _database(DATABASE_URL)}

# -- cache and task queue: Redis when there is one, otherwise the same PostgreSQL ----------------------------

STAKING = staking.read(env)  # the old staking processor's own variables
REDIS_URL: str = staking.redis_url(env.str("REDIS_URL", default="").strip(), STAKING)
if REDIS_URL:
    _checked("REDIS_URL", REDIS_URL, "redis", "rediss", "unix")
CACHES = {
    # Throttles count here, so the cache must be shared by all processes; never LocMemCache. JSON, and no pickles.
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A Redis that hangs must not hang the request with it.
        "OPTIONS": {"serializer": "config.cache.JsonSerializer", "socket_timeout": 1, "socket_connect_timeout": 1},
    }
    if REDIS_URL
    else {"BACKEND": "config.cache.PostgresCache", "LOCATION": "cache"}
}

Q_WORKERS: int = env.int("Q_WORKERS", default=4)
Q_CLUSTER: dict[str, Any] = {
    "name": "claimdesk",
    "label": "Tasks",
    "workers": Q_WORKERS,
    # The pusher prefetches this many, and `retry` runs from that moment, not from the start of the work.
    "queue_limit": Q_WORKERS,
    "timeout": 180,
    # Must exceed (queue_limit / workers + 2) * (timeout + 3) = 549 s, or a waiting task is handed out twice.
    "retry": 900,
    # A tick is never retried by the queue: the next pulse finds whatever is left in the orders table.
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "bulk": 1,
    # A power of two: the guard compares a float with exactly 0; another fraction never kills a stuck worker.
    "guard_cycle": 0.5,
    "poll": 0.1,
    "save_limit": 100,
    "log_level": env.str("LOG_LEVEL", default="INFO"),
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# -- monitor -------------------------------------------------------------------------------------------------

MONITOR_CHECKS = monitor.CHECKS

# -- orders --------------------------------------------------------------------------------------------------

ORDER_QUEUES = q.ORDER_QUEUES
ORDER_SHAPES = q.ORDER_SHAPES
SCHEDULES = q.SCHEDULES
LOOKS = q.LOOKS
WAITS = q.WAITS
WORKER_CHILDREN = q.WORKER_CHILDREN if STAKING.stream else {}
# Where the old claim queue's cs_… keys are; empty: nowhere.
CLAIM_QUEUE_REDIS_URL: str = env.str("CLAIM_QUEUE_REDIS_URL", default="").strip()
if CLAIM_QUEUE_REDIS_URL:
    _checked("CLAIM_QUEUE_REDIS_URL", CLAIM_QUEUE_REDIS_URL, "redis", "rediss", "unix")
# Orders that go one to a transaction are still simulated together, so many in one request.
ORDERS_PER_SIMULATION = 16

# -- chain: defaults for the first network, which staff may then edit in the admin ---------------------------

CHAIN_RPC_URL: list[str] = env.list("CHAIN_RPC_URL", default=[])
CHAIN_ID: int | None = env.int("CHAIN_ID", default=None)
MAXIMUM_PRIORITY_FEE = int(env.int("MAXIMUM_PRIORITY_FEE", default=100_000))  # micro-lamports per compute unit, on Solana
MAXIMUM_GAS_PRICE = int(Decimal(env.str("MAXIMUM_GAS_PRICE", default="100")) * 10**9)  # wei; gwei outside
# The most that is offered to whoever makes the blocks, wei per gas, on every network; None is no limit.
MAX_PRIORITY_FEE_PER_GAS: int | None = STAKING.max_tip
CONFIRMATIONS: int = env.int("CONFIRMATIONS", default=12)  # blocks
# Hosts, addresses and ranges inside a private network that URLs typed by staff may lead to; see chain/urls.py.
ALLOWED_PRIVATE_HOSTS: list[str] = env.list("ALLOWED_PRIVATE_HOSTS", default=[])
# False in the web process: then no key is ever loaded, whatever the environment holds.
MAY_SIGN: bool = env.bool("MAY_SIGN", default=True)
# The web process never signs and is started without these.
KEYSTORE_DIR = BASE_DIR / env.str("KEYSTORE_DIR", default=str(DATA_DIR / "keystore"))
KEYSTORE_PASSWORD_FILE: str = env.str("KEYSTORE_PASSWORD_FILE", default="")
MNEMONIC: str = staking.mnemonic(env, env.str("MNEMONIC", default="").strip())
# What this host has sent, for the day the database is restored from a backup. Workers need it on a disk that stays.
JOURNAL_DIR = BASE_DIR / env.str("JOURNAL_DIR", default=str(DATA_DIR / "journal"))

# -- collections' files ---------------------------------------------------------------------------------------

IPFS = ipfs.read(env, BASE_DIR, DATA_DIR, uploads=MAY_SIGN)
# Between the request that brings a collection and its cleanup. Web processes write here and workers read.
UPLOADS_DIR = BASE_DIR / env.str("UPLOADS_DIR", default=str(DATA_DIR / "uploads"))
UPLOAD_MAX_SIZE: int = env.int("UPLOAD_MAX_SIZE", default=4 << 30)  # bytes of one collection, packed or not
PICTURE_MAX_SIZE: int = env.int("PICTURE_MAX_SIZE", default=50 << 20)  # bytes of one picture
FILE_UPLOAD_HANDLERS = ["config.uploads.NoFiles"]
DATA_UPLOAD_MAX_NUMBER_FILES = 10_000  # pictures in one form; larger collections come as a zip

# -- REST: nobody may do anything unless a view says so ------------------------------------------------------

# Requests a key may make in a time, such as 120000/min: bounds a client that runs wild, not one that is busy.
API_RATE: str = env.str("API_RATE", default="120000/min")
API_CLIENT_RATE: str = env.str("API_CLIENT_RATE", default="240000/min")  # all keys of a client together
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["orders.api.auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["orders.api.auth.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "orders.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Claimdesk",
    "DESCRIPTION": "Orders that become transactions: claims, withdrawals, stakes, items of collections; from POST to final.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # unless told so it asks another host
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderKind": "orders.states.Kind",
        "ClaimKind": ["claim"],
        "WithdrawalKind": ["withdrawal"],
        "StakeKind": ["stake"],
        "ItemKind": ["item"],
        "Standard": "mints.presses.Standard",
        "JobStatus": "mints.states.JobStatus",
        "GroundworkKind": "orders.groundwork.Work",
        "StakeAction": "stakes.models.StakeAction",
        "OrderAction": "orders.states.Action",
        "OrderStatus": "orders.states.Status",
        "OrderReason": "orders.states.Reason",
        "TransactionStatus": "chain.states.TransactionStatus",
        "TransactionOutcome": "chain.states.Outcome",
        "AttemptKind": "chain.states.AttemptKind",
        "WalletStatus": "chain.states.WalletStatus",
        "WalletWaiting": "chain.states.Waiting",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes; a bulk request of 1,000 orders is under 400 kB

# -- time, language, static files ----------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE: str = env.str("TIME_ZONE", default="UTC")
LANGUAGE_CODE = "en-us"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# The admin theme and the API pages carry their own versioned files, so plain compression is enough.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = LOCAL  # no collectstatic step on a developer's machine

# -- admin -------------------------------------------------------------------------------------------------------------

UNFOLD = theme.UNFOLD

# -- security ------------------------------------------------------------------------------------------------

HTTPS: bool = env.bool("HTTPS", default=not LOCAL)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS: int = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Kubernetes and load balancers probe over plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^api/monitor(/liveness|/readiness)?$"]
BEHIND_PROXY: bool = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    # Only behind a proxy that overwrites this header; a client could claim https otherwise.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours append to X-Forwarded-For: so many entries from its end are to be believed. 0: none.
PROXY_HOPS: int = env.int("PROXY_HOPS", default=1) if BEHIND_PROXY else 0
SESSION_COOKIE_SAMESITE = "Strict"  # links from elsewhere still arrive logged in: desk/arrival.py
SESSION_COOKIE_AGE = 4 * 3600  # seconds after the log-in, and no longer than the browser is open
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Strict"
X_FRAME_OPTIONS = "DENY"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.logs.HideSecrets"

# -- logs ----------------------------------------------------------------------------------------------------

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it believes whatever a caller writes; desk/origin.py knows better

LOGGING = logs.configure(
    level=env.str("LOG_LEVEL", default="INFO"),
    kind=env.str("LOG_FORMAT", default="console" if LOCAL else "json"),
    secrets=[
        SECRET_KEY,
        *SECRET_KEY_FALLBACKS,
        MNEMONIC,
        IPFS.token,
        IPFS.pins_token,
        *(urlsplit(url).password for url in (DATABASE_URL, REDIS_URL, CLAIM_QUEUE_REDIS_URL, IPFS.api, IPFS.pins)),
    ],
)
