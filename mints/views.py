"""Collections and their jobs in REST. Another client's do not exist."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from mints import files, jobs, presses, proofs
from mints.incoming import COLLECTION, ROWS, FormParser, Incoming
from mints.intake import Accepted, Offer, accept
from mints.models import Collection, Item, MintJob
from mints.serializers import (
    CollectionAnswer,
    CollectionBody,
    CollectionLine,
    CollectionPage,
    CollectionQuery,
    FormBody,
    ItemPage,
    ItemQuery,
    JobAnswer,
    JobBody,
    MintBody,
    ProofAnswer,
    RowsBody,
    location,
    shown,
    shown_job,
)
from mints.staging import discard
from orders.api.auth import must_be_counted, principal
from orders.api.base import ApiView, JsonParser, hash_of, idempotency_key, read_json, request_hash
from orders.api.shapes import answers, visible_to
from orders.intake import FieldError, Refusal, Refused, invalid
from orders.models import Client
from orders.states import Scope


def collections_of(client: Client) -> QuerySet[Collection]:
    return Collection.objects.filter(client=client).select_related("wallet__network")


def jobs_of(client: Client) -> QuerySet[MintJob]:
    return MintJob.objects.filter(collection__client=client).select_related("collection__wallet__network")


def _one(rows: QuerySet[Any], **which: Any) -> Any:
    """Raises Http404."""
    row = rows.filter(**which).first()
    if row is None:
        raise Http404
    return row


# -- collections -------------------------------------------------------------------------------------------------------------


class CollectionList(ApiView):
    """Collections, newest first; or one more of them, with an order for each of its rows. Nothing is minted yet."""

    scopes = {"GET": (Scope.ORDERS_READ,), "POST": (Scope.MINTS_CREATE,)}
    parser_classes = [JsonParser, FormParser]
    query = CollectionQuery
    body = {"application/json": RowsBody, "multipart/form-data": FormBody}
    answer = CollectionPage
    accepted = CollectionAnswer
    needs_key = True

    def most_bytes(self, request: Request) -> int:
        is_form = (request.content_type or "").startswith(FormParser.media_type)
        return int(settings.UPLOAD_MAX_SIZE) if is_form else super().most_bytes(request)

    def get(self, request: Request) -> Response:
        query = CollectionQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        rows = collections_of(principal(request).client).order_by("-pk")  # UUIDv7: the newest first
        if "external_id" in wanted:
            rows = rows.filter(external_id=wanted["external_id"])
        if "before" in wanted:
            rows = rows.filter(pk__lt=wanted["before"])
        page = list(rows[: wanted["limit"] + 1])
        more = {"before": str(page[wanted["limit"] - 1].pk)} if len(page) > wanted["limit"] else None
        return Response(
            {"next": _next(request, more), "results": [CollectionLine(row).data for row in page[: wanted["limit"]]]}
        )

    def post(self, request: Request) -> Response:
        key = idempotency_key(request)
        must_be_counted(request)
        accepted = self._accept(request, key)
        headers = {"Location": reverse("collection", args=[accepted.collection.pk])}
        if accepted.replayed:
            headers["Idempotent-Replayed"] = "true"
        stored = _one(collections_of(principal(request).client), pk=accepted.collection.pk)
        return Response(shown(stored), status=202, headers=headers)

    def _accept(self, request: Request, key: str) -> Accepted:
        came = request.data
        if not isinstance(came, Incoming):
            return accept(_offer(request, key, came, None))
        try:
            offer = _offer(request, key, _fields(came), came)
        except BaseException:
            discard(came.collection)
            raise
        return accept(offer)


def _fields(incoming: Incoming) -> dict[str, Any]:
    """What the form's fields say, as the JSON of the other way in. Raises Refused."""
    if unknown := sorted(set(incoming.fields) - {COLLECTION, ROWS}):
        message = "There is no such field."
        raise Refused(Refusal.INVALID, message, errors=[FieldError(name, message, "unknown") for name in unknown])
    if COLLECTION not in incoming.fields:
        raise invalid(COLLECTION, "The form needs this field: JSON with press, name and so on.", "required")
    said = _json(COLLECTION, incoming.fields[COLLECTION])
    if not isinstance(said, dict) or ROWS in said:
        raise invalid(COLLECTION, "This is a JSON object, and the rows are no member of it.")
    return {**said, ROWS: _json(ROWS, incoming.fields[ROWS])} if ROWS in incoming.fields else said


def _json(name: str, text: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise invalid(name, f"This is not JSON: {error}") from error


def _offer(request: Request, key: str, body: Any, incoming: Incoming | None) -> Offer:
    """Raises Refused, ValidationError."""
    shape = RowsBody if incoming is None or (isinstance(body, dict) and ROWS in body) else CollectionBody
    serializer = shape(data=body)
    serializer.is_valid(raise_exception=True)
    said = {**serializer.validated_data}
    digest = hash_of(request.path, [body, incoming.said]) if incoming else request_hash(request)
    press = presses.one(said.pop("press"))
    if press is None:
        raise invalid("press", "There is no such press.", "unknown")
    if not press.is_open:
        raise Refused(Refusal.PRESS_CLOSED, f"The press {press.name} takes no collections now.")
    rows = said.pop(ROWS, None)
    said["creators"] = [dict(creator) for creator in said["creators"]]
    return Offer(principal(request).client, press, said, incoming, rows, key, digest)


class CollectionDetail(ApiView):
    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = CollectionAnswer

    def get(self, request: Request, collection_id: UUID) -> Response:
        collection = _one(collections_of(principal(request).client), pk=collection_id)
        return Response(shown(collection))


class CollectionItems(ApiView):
    """Its items in the sheet's order, each as the order that it is."""

    scopes = {"GET": (Scope.ORDERS_READ,)}
    query = ItemQuery
    answer = ItemPage

    def get(self, request: Request, collection_id: UUID) -> Response:
        client = principal(request).client
        collection = _one(collections_of(client), pk=collection_id)
        query = ItemQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        orders = visible_to(client).filter(item__collection=collection, item__number__gte=wanted["start"])
        if "status" in wanted:
            orders = orders.filter(status=wanted["status"])
        page = list(orders.order_by("item__number")[: wanted["limit"] + 1])
        more = {"start": str(page[-1].item.number)} if len(page) > wanted["limit"] else None
        return Response({"next": _next(request, more), "results": answers(page[: wanted["limit"]])})


def _next(request: Request, more: Mapping[str, str] | None) -> str | None:
    """The address of the following page."""
    return f"{request.path}?{urlencode({**request.query_params.dict(), **more})}" if more else None


def item_of(client: Client, collection_id: UUID, number: int) -> Item:
    """Raises Http404."""
    items = Item.objects.filter(collection__client=client).select_related("collection__wallet__network", "image")
    found: Item = _one(items, collection=collection_id, number=number)
    return found


class ItemMetadata(ApiView):
    """Exactly the bytes that are, or will be, published of it."""

    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = {"type": "object", "additionalProperties": True}

    def get(self, request: Request, collection_id: UUID, number: int) -> HttpResponse:
        item = item_of(principal(request).client, collection_id, number)
        return HttpResponse(files.of_item(item), content_type="application/json")


class ItemProof(ApiView):
    """That its leaf is in its tree, by the leaves that are noted here."""

    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = ProofAnswer
    conflicts = True

    def get(self, request: Request, collection_id: UUID, number: int) -> Response:
        item = item_of(principal(request).client, collection_id, number)
        return Response(ProofAnswer(proofs.prove(item)).data)


# -- jobs --------------------------------------------------------------------------------------------------------------------


class CollectionMints(ApiView):
    """Let a collection go through its stages: its files are stored, and its items minted."""

    scopes = {"POST": (Scope.MINTS_CREATE,)}
    body = MintBody
    accepted = JobAnswer
    needs_key = True

    def post(self, request: Request, collection_id: UUID) -> Response:
        who = principal(request)
        collection = _one(collections_of(who.client), pk=collection_id)
        asked = self.validated(request)
        key, digest = idempotency_key(request), request_hash(request)
        must_be_counted(request)
        started = jobs.start(collection, who.client, actor=who.actor, key=key, request_hash=digest, **asked)
        headers = {"Location": location(started.job), **({"Idempotent-Replayed": "true"} if started.replayed else {})}
        return Response(shown_job(started.job), status=202, headers=headers)


class JobDetail(ApiView):
    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = JobAnswer

    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(shown_job(_one(jobs_of(principal(request).client), pk=job_id)))


class JobAction(ApiView):
    """Steer a job. `act` is set by the route."""

    scopes = {"POST": (Scope.ORDERS_OPERATE,)}
    body = JobBody
    answer = JobAnswer
    act: Callable[..., MintJob] = staticmethod(jobs.pause)

    def post(self, request: Request, job_id: UUID) -> Response:
        who = principal(request)
        asked = self.validated(request)
        job = _one(jobs_of(who.client), pk=job_id)
        return Response(shown_job(self.act(job, actor=who.actor, **asked)))
