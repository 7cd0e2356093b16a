from django.urls import path

from practice.api import views as v

urlpatterns = [
    path("practice/scenarios/", v.Scenarios.as_view()),
    path("practice/spaces/", v.Spaces.as_view()),
    path("practice/spaces/<str:code>/", v.OwnSpace.as_view()),
    path("practice/spaces/<str:code>/clock/", v.Clock.as_view()),
    path("practice/spaces/<str:code>/wipe/", v.Wipe.as_view()),
]
