"""Pages for people. For now: what runs here."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/welcome.html", {"demo": settings.DEMO})
