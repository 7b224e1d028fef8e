from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.documents import AnyOrder
from orders.api.views import OrderList, post_order
from orders.intake import sole
from orders.states import Kind, Scope
from withdrawals.intake import wishes
from withdrawals.serializers import WithdrawalBody, WithdrawalQuery


class WithdrawalList(OrderList):
    """Withdrawals, newest first; or one more of them."""

    scopes = {"GET": (Scope.ORDERS_READ,), "POST": (Scope.WITHDRAWALS_CREATE,)}
    kind = Kind.WITHDRAWAL
    query = WithdrawalQuery
    body = WithdrawalBody
    accepted = AnyOrder
    needs_key = True

    def post(self, request: Request) -> Response:
        return post_order(request, sole(wishes([self.validated(request)])))
