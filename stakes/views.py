from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.base import ApiView
from orders.api.documents import AnyOrder
from orders.api.views import OrderList, post_order
from orders.intake import sole
from orders.states import Kind, Scope
from stakes.intake import wishes
from stakes.models import StakeAction
from stakes.serializers import RestakeBody, StakeBody, StakeQuery


class Signed(ApiView):
    """An action that its owner has signed. `body` and `action` are set by the routes."""

    scopes = {"POST": (Scope.STAKES_CREATE,)}
    accepted = AnyOrder
    needs_key = True
    action: ClassVar[StakeAction]

    def post(self, request: Request) -> Response:
        return post_order(request, sole(wishes([{**self.validated(request), "action": self.action}])))


class StakeList(Signed, OrderList):
    """Stakes and restakes, newest first; or one more stake."""

    scopes = {"GET": (Scope.ORDERS_READ,), **Signed.scopes}
    kind = Kind.STAKE
    query = StakeQuery
    body = StakeBody
    action = StakeAction.STAKE


class Restake(Signed):
    """Move all of a stake to another target."""

    body = RestakeBody
    action = StakeAction.RESTAKE
