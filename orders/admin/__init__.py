"""Orders and their history are shown; clients are configured here. `groups` is the base of reward and pool pages."""

from orders.admin.audit import AuditFindingAdmin, AuditRunAdmin
from orders.admin.clients import ApiKeyAdmin, ClientAdmin
from orders.admin.orders import EventAdmin, OrderAdmin

__all__ = ["ApiKeyAdmin", "AuditFindingAdmin", "AuditRunAdmin", "ClientAdmin", "EventAdmin", "OrderAdmin"]
