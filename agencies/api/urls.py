from django.urls import path

from agencies.api import codelists, directory, law, seals
from agencies.api import views as v

urlpatterns = [
    path("session/activate/", v.Activation.as_view()),
    path("me/", v.Myself.as_view()),
    path("tokens/", v.Tokens.as_view()),
    path("tokens/<str:code>/", v.TokenDetail.as_view()),
    path("agencies/", v.Agencies.as_view()),
    path("agencies/<str:code>/", v.AgencyDetail.as_view()),
    path("agencies/<str:code>/clocks/", v.AgencyClocks.as_view()),
    path("members/", v.Members.as_view()),
    path("members/<str:username>/", v.MemberDetail.as_view()),
    path("codelists/", codelists.CodeLists.as_view()),
    path("codelists/<str:name>/", codelists.CodeListDetail.as_view()),
    path("codelists/<str:name>/codes/", codelists.CodeListCodes.as_view()),
    path("codelists/<str:name>/codes/<str:code>/retire/", codelists.CodeRetire.as_view()),
    path("jurisdiction/", law.JurisdictionDetail.as_view()),
    path("audit/", v.AuditLog.as_view()),
    path("audit/checkpoint/", seals.Checkpoint.as_view()),
    path("audit/cosignatures/", seals.Cosignatures.as_view()),
    path("services/", v.Services.as_view()),
    path("services/<str:code>/", v.ServiceDetail.as_view()),
    path("services/<str:code>/places/", v.ServicePlaces.as_view()),
    path("services/<str:code>/listing/", directory.ServiceListing.as_view()),
    path("services/<str:code>/confirm/", directory.ServiceConfirm.as_view()),
    path("directory-imports/", directory.Imports.as_view()),
    path("directory-imports/<str:code>/", directory.ImportDetail.as_view()),
    path("directory-imports/<str:code>/take-over/", directory.ImportTake.as_view()),
    path("directory-imports/<str:code>/put-aside/", directory.ImportAside.as_view()),
]
