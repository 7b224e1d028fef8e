"""For the OpenAPI document only: the places where an order of any kind may stand, told apart by `kind`."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from orders.api.openapi import Problem
from orders.api.shapes import orderings, shapes


def _answers() -> dict[str, Any]:
    return {str(kind): shape.answer for kind, shape in shapes().items()}


def _bodies() -> dict[str, Any]:
    return {str(kind): ordering.body for kind, ordering in orderings().items()}


AnyOrder = PolymorphicProxySerializer("Order", _answers, "kind")
AnyBody = PolymorphicProxySerializer("OrderBody", _bodies, "kind")


@extend_schema_field(AnyOrder)
class OrderField(serializers.JSONField):
    pass


@extend_schema_field(AnyBody)
class BodyField(serializers.JSONField):
    pass


class OrderPage(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="The address of the following page; null on the last one.")
    results = serializers.ListField(child=OrderField())


class BulkBody(serializers.Serializer[Any]):
    orders = serializers.ListField(child=BodyField(), min_length=1, max_length=1000)


class BulkOrder(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    external_id = serializers.CharField()
    status = serializers.CharField()


class BulkResult(serializers.Serializer[Any]):
    """What became of one item: it has either an `order` or an `error`."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    order = BulkOrder(required=False)
    error = Problem(required=False)


class BulkResults(serializers.Serializer[Any]):
    results = BulkResult(many=True)
