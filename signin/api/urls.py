from django.urls import path

from signin.api import views as v

urlpatterns = [
    path("session/", v.Session.as_view()),
    path("session/again/", v.Again.as_view()),
]
