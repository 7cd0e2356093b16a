from django.urls import path

from documents.api import views as v

urlpatterns = [
    path("cases/<str:code>/documents/", v.Documents.as_view()),
    path("documents/files/<str:code>/", v.DocumentFile.as_view()),
    path("documents/<str:code>/", v.DocumentDetail.as_view()),
    path("documents/<str:code>/retract/", v.DocumentRetract.as_view()),
    path("documents/<str:code>/ticket/", v.Tickets.as_view()),
]
