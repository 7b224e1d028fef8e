"""Orders of every kind: read them, steer them, try them out, send many at once."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from orders import actions, intake
from orders.api import paging
from orders.api.auth import must_be_counted, principal
from orders.api.base import ApiView, idempotency_key, request_hash
from orders.api.documents import AnyBody, AnyOrder, OrderPage
from orders.api.paging import ListQuery, OrderQuery
from orders.api.serializers import ActionBody, FindingAnswer, PreviewAnswer, Timeline
from orders.api.shapes import answer, answers, orderings, shapes, visible_to, wish_of
from orders.gate import retry
from orders.intake import Wish
from orders.models import Order
from orders.preview import describe, preview
from orders.states import Action, Kind, Scope

CREATE = (Scope.CLAIMS_CREATE, Scope.WITHDRAWALS_CREATE, Scope.STAKES_CREATE)


class OrderList(ApiView):
    """`kind` and `query` are set by the routes of one kind."""

    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = OrderPage
    kind: Kind | None = None
    query: type[ListQuery] = OrderQuery

    def get(self, request: Request) -> Response:
        query = self.query(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted: dict[str, Any] = {**query.validated_data, **({"kind": self.kind} if self.kind else {})}
        kinds = [shape for shape in shapes().values() if wanted.get("kind", shape.kind) == shape.kind]
        orders = paging.page(visible_to(principal(request).client), wanted, kinds)
        limit = wanted["limit"]
        return Response({"next": paging.next_url(request, orders, limit), "results": answers(orders[:limit])})


class OrderDetail(ApiView):
    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = AnyOrder

    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(answer(visible(request, order_id)))


class OrderTimeline(ApiView):
    """All that ever happened to an order, oldest first."""

    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = Timeline

    def get(self, request: Request, order_id: UUID) -> Response:
        order = visible(request, order_id)
        return Response(Timeline({"events": order.events.all()}).data)


def visible(request: Request, order_id: UUID) -> Order:
    """The order, if it is the caller's own. Raises Http404."""
    order = visible_to(principal(request).client).filter(pk=order_id).first()
    if order is None:
        raise Http404
    return order


class OrderAction(ApiView):
    """Steer an order. `action` and `body` are set by the route."""

    scopes = {"POST": (Scope.ORDERS_OPERATE,)}
    body: type[ActionBody] = ActionBody
    answer = AnyOrder
    action = Action.CANCEL

    def post(self, request: Request, order_id: UUID) -> Response:
        asked = self.validated(request)
        visible(request, order_id)
        act = {
            Action.CANCEL: actions.cancel,
            Action.HOLD: actions.hold,
            Action.RELEASE: actions.release,
            Action.RETRY: actions.retry,
        }[self.action]
        act(order_id, actor=principal(request).actor, **asked)
        return Response(answer(visible(request, order_id)))


class OrderRetry(OrderAction):
    """Before a retry: what the chain says. The retry itself looks again, and completes an order that was paid after all."""

    scopes = {"GET": (Scope.ORDERS_READ,), "POST": (Scope.ORDERS_OPERATE,)}
    action = Action.RETRY
    found = FindingAnswer

    def get(self, request: Request, order_id: UUID) -> Response:
        order = visible(request, order_id)
        return Response(FindingAnswer(retry.find(order), context={"order": order}).data)


class OrderPreview(ApiView):
    """What an order would do on chain right now. Nothing is stored, nothing is signed."""

    scopes = {"POST": CREATE}
    body = AnyBody
    answer = PreviewAnswer

    def post(self, request: Request) -> Response:
        wish = wish_of(request.data, principal(request).scopes)
        shown = preview(wish)
        return Response(PreviewAnswer(describe(shown, shapes()[wish.kind].signatures(shown.detail))).data)


def post_order(request: Request, wish: Wish) -> Response:
    """Store an order and answer 202 with it: it is safe from now on, and will be sent by its wallet's lane."""
    client = principal(request).client
    if orderings()[wish.kind].counted:
        must_be_counted(request)
    accepted = intake.accept(client, wish, key=idempotency_key(request), request_hash=request_hash(request))
    headers = {"Location": reverse("order", args=[accepted.order.pk])}
    if accepted.replayed:
        headers["Idempotent-Replayed"] = "true"
        return Response(answer(visible(request, accepted.order.pk)), status=202, headers=headers)
    return Response(answer(accepted.order, fresh=True), status=202, headers=headers)
