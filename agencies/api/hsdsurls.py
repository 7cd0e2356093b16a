"""The addresses of the public directory, as HSDS names them; mounted at /hsds/."""

from django.urls import path

from agencies.api import hsds

urlpatterns = [
    path("", hsds.Root.as_view()),
    path("openapi.json", hsds.OpenApi.as_view(), name="hsds_openapi"),
    path("services", hsds.Services.as_view(), name="hsds_services"),
    path("services/<str:uid>", hsds.ServiceDetail.as_view(), name="hsds_service"),
    path("organizations", hsds.Organizations.as_view()),
    path("organizations/<str:uid>", hsds.OrganizationDetail.as_view()),
    path("service_at_locations", hsds.Places.as_view()),
    path("service_at_locations/<str:uid>", hsds.PlaceDetail.as_view()),
    path("taxonomies", hsds.Taxonomies.as_view()),
    path("taxonomies/<str:uid>", hsds.TaxonomyDetail.as_view()),
    path("taxonomy_terms", hsds.Terms.as_view()),
    path("taxonomy_terms/<str:uid>", hsds.TermDetail.as_view()),
]
