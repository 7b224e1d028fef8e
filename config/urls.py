from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from orders.api import problems
from orders.health import views as health
from orders.metrics import metrics

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("claims.urls")),
    path("api/v1/", include("withdrawals.urls")),
    path("api/v1/", include("stakes.urls")),
    path("api/v1/", include("mints.urls")),
    path("api/v1/", include("orders.urls")),
    path("ipfs/", include("mints.gateway")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/redoc/", SpectacularRedocView.as_view(url_name="schema", template_name="orders/redoc.html"), name="redoc"),
    path("api/monitor", health.monitor, name="monitor"),
    path("api/monitor/liveness", health.liveness, name="monitor-liveness"),
    path("api/monitor/readiness", health.readiness, name="monitor-readiness"),
    path("metrics", metrics, name="metrics"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

# Below /api/ these answer with problem+json, elsewhere with Django's own pages.
handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler500 = problems.server_error
