from rest_framework.request import Request
from rest_framework.response import Response

from claims.intake import wishes
from claims.serializers import ClaimBody, ClaimQuery, RewardBody
from orders.api.base import ApiView
from orders.api.documents import AnyOrder
from orders.api.views import OrderList, post_order
from orders.intake import Refusal, sole
from orders.states import Kind, Scope


class ClaimList(OrderList):
    """Claims, newest first; or one more of them. A token reward gives a withdrawal."""

    scopes = {"GET": (Scope.ORDERS_READ,), "POST": (Scope.CLAIMS_CREATE,)}
    kind = Kind.CLAIM
    query = ClaimQuery
    body = ClaimBody
    accepted = AnyOrder
    needs_key = True

    def post(self, request: Request) -> Response:
        return post_order(request, sole(wishes([self.validated(request)])))


class RewardClaim(ApiView):
    """Claim a reward for a recipient: an NFT reward gives a claim, a token reward a withdrawal."""

    scopes = {"POST": (Scope.CLAIMS_CREATE,)}
    body = RewardBody
    accepted = AnyOrder
    needs_key = True

    def post(self, request: Request, reward: str) -> Response:
        body = {**self.validated(request), "reward": reward}
        return post_order(request, sole(wishes([body], unknown=Refusal.NOT_FOUND)))


class RewardGive(RewardClaim):
    """Give a reward to a recipient who did not ask for it. The same order, behind another scope."""

    scopes = {"POST": (Scope.REWARDS_GIVE,)}
