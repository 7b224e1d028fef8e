"""Wallets and transactions, as far as callers may see them: never where a key is, never a node's address."""

from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chain.models import Attempt, Transaction, Wallet, by_hash
from chain.states import AttemptKind, Family, TransactionStatus, Waiting, WalletStatus
from orders.api.auth import principal
from orders.api.base import ApiView
from orders.api.fields import UintField
from orders.api.serializers import TransactionBrief
from orders.models import Client, Event, Order
from orders.states import Scope, Status


class NetworkBrief(serializers.Serializer[Any]):
    name = serializers.CharField()
    family = serializers.ChoiceField(Family.choices)
    chain_id = serializers.IntegerField(allow_null=True, help_text="null on Solana.")
    genesis_hash = serializers.CharField(help_text="Which cluster of Solana; empty on an EVM network.")
    currency = serializers.CharField()


class WalletAnswer(serializers.Serializer[Wallet]):
    """A funded address, and what it waits for. Balance in wei (on Solana in lamports), as its lane last saw it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    network = NetworkBrief()
    status = serializers.ChoiceField(WalletStatus.choices)
    status_reason = serializers.CharField()
    waiting = serializers.ChoiceField(Waiting.choices, allow_blank=True)
    waiting_detail = serializers.CharField()
    waiting_since = serializers.DateTimeField(allow_null=True)
    balance = UintField(allow_null=True)
    minimum_balance = UintField(allow_null=True, help_text="wei or lamports; with less it signs nothing new.")
    alert_balance = UintField(allow_null=True, help_text="wei or lamports; with less people are told.")
    sponsor = serializers.CharField(source="sponsor.name", allow_null=True, help_text="The wallet that sends and pays for it.")
    next_nonce = serializers.IntegerField(allow_null=True, help_text="On Solana our own count of its transactions.")
    chain_nonce = serializers.IntegerField(allow_null=True, help_text="null on Solana, which has none.")
    max_in_flight = serializers.IntegerField()
    last_tick_at = serializers.DateTimeField(allow_null=True)
    pending = serializers.IntegerField(help_text="Orders waiting, of all clients.")
    in_flight = serializers.IntegerField(help_text="Transactions that are not final.")


class WalletPage(serializers.Serializer[Any]):
    results = WalletAnswer(many=True)


class AttemptLine(serializers.Serializer[Attempt]):
    kind = serializers.ChoiceField(AttemptKind.choices)
    hash = serializers.CharField()
    max_fee = UintField(help_text="wei per gas; micro-lamports per compute unit")
    tip = UintField(help_text="wei per gas")
    blockhash = serializers.CharField(help_text="Solana: what it is bound to; else empty.")
    last_valid_height = serializers.IntegerField(allow_null=True, help_text="Solana: no block above this height can take it.")
    created = serializers.DateTimeField()
    first_sent_at = serializers.DateTimeField(allow_null=True)
    last_sent_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(help_text="What the node last said of it.")


class TransactionAnswer(TransactionBrief):
    """One nonce, every payload that was signed for it, and your orders that it pays."""

    wallet = serializers.UUIDField(source="wallet_id")
    to = serializers.CharField()
    value = UintField(help_text="wei; lamports of rent and programs' fees")
    gas_limit = serializers.IntegerField(help_text="Gas, or compute units.")
    gas_price = UintField(allow_null=True, help_text="wei per gas, paid")
    fee = UintField(allow_null=True, help_text="lamports, paid")
    created = serializers.DateTimeField()
    mined_at = serializers.DateTimeField(allow_null=True)
    final_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptLine(source="attempts.all", many=True)  # type: ignore[assignment]  # the brief has their number
    orders = serializers.SerializerMethodField()

    def get_orders(self, transaction: Transaction) -> list[UUID]:
        client = cast(Client, self.context["client"])
        return list(transaction.orders.filter(client=client).order_by("created", "id").values_list("pk", flat=True))


class WalletList(ApiView):
    scopes = {"GET": (Scope.WALLETS_READ,)}
    answer = WalletPage

    def get(self, request: Request) -> Response:
        return Response(WalletPage({"results": _wallets()}).data)


class WalletDetail(ApiView):
    scopes = {"GET": (Scope.WALLETS_READ,)}
    answer = WalletAnswer

    def get(self, request: Request, wallet_id: UUID) -> Response:
        return Response(WalletAnswer(_one(_wallets().filter(pk=wallet_id))).data)


class TransactionDetail(ApiView):
    """By its id, or by the hash of any payload that was signed for it."""

    scopes = {"GET": (Scope.ORDERS_READ,)}
    answer = TransactionAnswer

    def get(self, request: Request, transaction_id: UUID | None = None, tx_hash: str = "") -> Response:
        client = principal(request).client
        wanted = Q(pk=transaction_id) if transaction_id else Q(attempts__in=by_hash(tx_hash))
        transaction = _one(_transactions_of(client).filter(wanted))
        return Response(TransactionAnswer(transaction, context={"client": client}).data)


def _wallets() -> QuerySet[Wallet]:
    pending = Count("orders", filter=Q(orders__status=Status.PENDING), distinct=True)
    open_ones = Count("transactions", filter=~Q(transactions__status=TransactionStatus.FINAL), distinct=True)
    return Wallet.objects.select_related("network", "sponsor").annotate(pending=pending, in_flight=open_ones)


def _transactions_of(client: Client) -> QuerySet[Transaction]:
    """Those that pay, or once were to pay, an order of this client."""
    bound = Order.objects.filter(client=client, transaction=OuterRef("pk"))
    once_bound = Event.objects.filter(order__client=client, transaction=OuterRef("pk"))
    visible = Transaction.objects.filter(Exists(bound) | Exists(once_bound))
    return visible.select_related("wallet__network").prefetch_related("attempts").defer("data")


def _one(rows: QuerySet[Any]) -> Any:
    row = rows.first()
    if row is None:
        raise Http404
    return row
