"""Orders and their history are shown; clients are configured here. `groups` is the base of rewards' pages and their like."""

from orders.admin.audit import AuditFindingAdmin, AuditRunAdmin
from orders.admin.clients import ApiKeyAdmin, ClientAdmin
from orders.admin.orders import EventAdmin, OrderAdmin

__all__ = ["ApiKeyAdmin", "AuditFindingAdmin", "AuditRunAdmin", "ClientAdmin", "EventAdmin", "OrderAdmin"]
