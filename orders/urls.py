"""What all orders share, below /api/v1/."""

from django.urls import path, re_path

from orders.api.bulk import OrderBulk
from orders.api.serializers import ActionBody, HoldBody
from orders.api.views import OrderAction, OrderDetail, OrderList, OrderPreview, OrderRetry, OrderTimeline
from orders.api.wallets import TransactionDetail, WalletDetail, WalletList
from orders.states import Action

urlpatterns = [
    path("orders", OrderList.as_view(), name="orders"),
    path("orders/bulk", OrderBulk.as_view(), name="orders-bulk"),
    path("orders/preview", OrderPreview.as_view(), name="orders-preview"),
    path("orders/<uuid:order_id>", OrderDetail.as_view(), name="order"),
    path("orders/<uuid:order_id>/timeline", OrderTimeline.as_view(), name="order-timeline"),
    *(
        path(
            f"orders/<uuid:order_id>/{action}",
            OrderAction.as_view(action=action, body=HoldBody if action == Action.HOLD else ActionBody),
            name=f"order-{action}",
        )
        for action in (Action.CANCEL, Action.HOLD, Action.RELEASE)
    ),
    path("orders/<uuid:order_id>/retry", OrderRetry.as_view(), name="order-retry"),
    path("wallets", WalletList.as_view(), name="wallets"),
    path("wallets/<uuid:wallet_id>", WalletDetail.as_view(), name="wallet"),
    path("transactions/<uuid:transaction_id>", TransactionDetail.as_view(), name="transaction"),
    re_path(
        r"^transactions/by-hash/(?P<tx_hash>0x[0-9a-fA-F]{64}|[1-9A-HJ-NP-Za-km-z]{64,88})$",
        TransactionDetail.as_view(),
        name="transaction-by-hash",
    ),
]
