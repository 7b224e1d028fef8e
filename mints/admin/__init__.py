"""Presses are configured; collections, their items and jobs are shown, and steered by the functions that REST calls."""

from mints.admin.collections import CollectionAdmin
from mints.admin.items import ItemAdmin
from mints.admin.jobs import MintJobAdmin
from mints.admin.presses import PressAdmin

__all__ = ["CollectionAdmin", "ItemAdmin", "MintJobAdmin", "PressAdmin"]
