"""Items: each is an order, and what staff may ask of an order they may ask here."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from look.staff_actions import StaffAction
from look.values import NOTHING, full, link, short
from mints import uploads
from mints.models import Item
from orders.admin.actions import ACTIONS
from orders.admin.details import DetailAdmin
from orders.models import Order


def of_its_order(action: StaffAction[Order]) -> StaffAction[Any]:
    """The same for an item: the same function decides, and asks the chain where that is needed."""

    def act(request: HttpRequest, item: Item, answers: Mapping[str, Any]) -> None:
        action.act(request, item.order, answers)

    offered: Callable[[Item], bool] = lambda item: action.offered(item.order)  # noqa: E731 - a line of a table
    show: Callable[[Item], str] = lambda item: action.show(item.order)  # noqa: E731
    return replace(action, act=act, offered=offered, show=show)  # type: ignore[arg-type]


@admin.register(Item)
class ItemAdmin(DetailAdmin[Item]):
    group = "collection"
    list_display = [
        "order_link",
        "picture",
        "name",
        "number",
        "status_badge",
        "collection",
        "short_recipient",
        "minted",
        "ordered",
    ]
    fields = [
        "order_link", "status_badge", "collection", "number", "picture", "name", "description", "traits", "full_recipient",
        "quantity", "token_id", "metadata", "minted", "tree_", "leaf_index", "leaf_hash_", "ordered",
    ]  # fmt: skip
    staff_actions = [of_its_order(action) for action in ACTIONS]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("image").defer("image__thumbnail")

    @admin.display(description="picture")
    def picture(self, item: Item) -> str:
        return thumbnail(item)

    @admin.display(description="attributes")
    def traits(self, item: Item) -> str:
        return "; ".join(f"{each['trait_type']}: {each['value']}" for each in item.attributes) or NOTHING

    @admin.display(description="metadata")
    def metadata(self, item: Item) -> str:
        return link(uploads.link(item.collection.metadata_cid, item.file), item.uri) if item.uri else NOTHING

    @admin.display(description="minted")
    def minted(self, item: Item) -> str:
        return short(item.asset_id) if item.asset_id else ", ".join(map(str, item.token_ids or [])) or NOTHING

    @admin.display(description="tree")
    def tree_(self, item: Item) -> str:
        return full(item.tree)

    @admin.display(description="leaf hash")
    def leaf_hash_(self, item: Item) -> str:
        return full(item.leaf_hash)


def thumbnail(item: Item) -> str:
    """Its picture, small; the name where there is none, as of an SVG."""
    url = reverse("admin:mints_collection_picture", args=[item.collection_id, item.image_id])
    return format_html('<img class="look-thumb" src="{}" alt="{}" loading="lazy">', url, item.image.name)
