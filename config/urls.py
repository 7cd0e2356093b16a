"""Every address of the service."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularSwaggerSplitView,
)

from config import health
from config.api import errors

api: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("", include("signin.api.urls")),
    path("", include("agencies.api.urls")),
    path("", include("guidance.api.urls")),
    path("", include("notify.api.urls")),
    path("", include("cases.api.urls")),
    path("", include("documents.api.urls")),
    path("", include("guard.api.urls")),
    path("", include("identification.api.urls")),
    path("", include("reintegration.api.urls")),
    path("", include("guest.api.urls")),
    path("", include("referral.api.urls")),
    path("", include("exchange.api.urls")),
    path("", include("figures.api.urls")),
    path("", include("learning.api.urls")),
    path("", include("practice.api.urls")),
    path("", include("network.api.urls")),
]
urlpatterns = [
    path("api/v1/", include(api)),
    path("fhir/", include("exchange.fhir.api.urls")),
    path("hsds/", include("agencies.api.hsdsurls")),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("", include("pages.urls")),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.failed
