from django.urls import path

from exchange.api import views as v

urlpatterns = [
    path("imports/", v.Imports.as_view()),
    path("imports/<str:code>/", v.ImportDetail.as_view()),
    path("imports/<str:code>/rows/", v.ImportRows.as_view()),
    path("imports/<str:code>/faults/", v.ImportFaults.as_view()),
    path("imports/<str:code>/start/", v.ImportStart.as_view()),
    path("imports/<str:code>/stop/", v.ImportStop.as_view()),
    path("imports/<str:code>/discard/", v.ImportDiscard.as_view()),
    path("exports/", v.Exports.as_view()),
    path("exports/<str:code>/", v.ExportDetail.as_view()),
    path("exports/<str:code>/file/", v.ExportFile.as_view()),
    path("exports/<str:code>/revoke/", v.ExportRevoke.as_view()),
]
