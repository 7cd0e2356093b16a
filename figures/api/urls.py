from django.urls import path

from figures.api import views as v

urlpatterns = [
    path("figures/", v.Releases.as_view()),
    path("figures/ctdc/", v.Extracts.as_view()),
    path("figures/ctdc/<str:code>/file/", v.ExtractFile.as_view()),
    path("figures/<str:period>/", v.ReleaseDetail.as_view()),
    path("figures/<str:period>/file/", v.ReleaseFile.as_view()),
]
