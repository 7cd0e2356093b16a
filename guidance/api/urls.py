from django.urls import path

from guidance.api import views as v

urlpatterns = [path("guidance/", v.Guidance.as_view())]
