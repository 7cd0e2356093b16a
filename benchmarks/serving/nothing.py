"""A Django project of its own with one view and one table: what a process weighs before anything is ours.
Settings and addresses in one."""

import os
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import path

_told = urlsplit(os.environ["DATABASE_URL"])
SECRET_KEY = os.urandom(32).hex()
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "rest_framework",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "benchmarks.serving.nothing"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _told.path.lstrip("/"),
        "USER": _told.username,
        "HOST": _told.query.partition("host=")[2],
        "CONN_MAX_AGE": None,
    }
}


def counted(_request: HttpRequest) -> HttpResponse:
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 -- these are the settings, too

    return HttpResponse(str(ContentType.objects.count()))


urlpatterns = [path("", counted)]
