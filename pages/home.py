"""The work list, which is where everybody begins; the bell, the tasks, and one's own settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from pages.door import page


@page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/home/list.html")


@page
def bell(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/bell.html")


@page
def stay(request: HttpRequest) -> HttpResponse:
    """Say that one is still there: the session lasts on."""
    return HttpResponse(status=204)


@page
def notices(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/home/notices.html")


@page
def me(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/home/me.html")


urlpatterns = [
    path("", home, name="home"),
    path("bell/", bell, name="bell"),
    path("stay/", stay, name="stay"),
    path("notices/", notices, name="notices"),
    path("me/", me, name="me"),
]
