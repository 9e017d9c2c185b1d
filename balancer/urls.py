"""Every path of the service."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from balancer import health, metrics, schema, version
from balancer.runbook import runbook

urlpatterns = [
    path("api/v1/", include("pricing.api.urls")),  # what is asked most is looked for first
    path("api/v1/", include("swaps.api.urls")),
    path("", RedirectView.as_view(url="/admin/", permanent=False)),
    path("console/", include("balancer.console.urls")),
    path("admin/runbook/", runbook, name="runbook"),
    path("admin/", admin.site.urls),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/schema", schema.SchemaView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/version", version.VersionView.as_view(), name="version"),
    path("api/v1/", include("access.urls")),
    path("api/v1/", include("access.webhooks.api.urls")),
    path("api/", include("pricing.api.price_urls")),
    path("", include("swaps.status_page.urls")),
    # 1inch's interface, at the root and below the name that it has at 1inch
    path("", include("swaps.fusion.urls")),
    path("fusion-plus/", include("swaps.fusion.urls")),
]
handler400 = "access.problems.bad_request"
handler403 = "access.problems.forbidden"
handler404 = "access.problems.not_found"
handler500 = "access.problems.server_error"
