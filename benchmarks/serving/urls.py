"""Every address of the service, and beside them what it is measured against."""

from django.urls import path

from benchmarks.serving.usual import PlainList, UsualList
from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as ours

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *ours,
    path("api/v1/bench/plain/", PlainList.as_view()),
    path("api/v1/bench/usual/", UsualList.as_view()),
]
