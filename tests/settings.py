"""The project's settings on a server and a data folder of their own, so tests never meet a running demo."""

import atexit
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("DATA_DIR", "var/test")
os.environ.setdefault("LOG_FORMAT", "console")

from config.settings import *  # noqa: F403
from config.settings import DATABASES, IPFS, STATIC_ROOT

# Tests kill processes, never the machine: what PostgreSQL has accepted survives without waiting for the disk.
if options := DATABASES["default"].get("OPTIONS"):
    options["options"] += " -c synchronous_commit=off"

# The mutation check gives each trial a database of its own, in which one rule may be missing.
if name := os.environ.get("TEST_DATABASE"):
    DATABASES["default"]["TEST"] = {"NAME": name}

# Each process begins with an empty database, and so with nothing that was ever sent.
JOURNAL_DIR = Path(tempfile.mkdtemp(prefix="claimdesk-journal-"))
atexit.register(shutil.rmtree, JOURNAL_DIR, ignore_errors=True)
IPFS = replace(IPFS, store=JOURNAL_DIR / "ipfs")
UPLOADS_DIR = JOURNAL_DIR / "uploads"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about a missing folder, and warnings are errors
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
