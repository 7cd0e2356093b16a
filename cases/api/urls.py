from django.urls import path

from cases.api import duplicates, records
from cases.api import views as v

urlpatterns = [
    path("cases/", v.Cases.as_view()),
    path("cases/<str:code>/", v.CaseDetail.as_view()),
    path("cases/<str:code>/notes/", v.Notes.as_view()),
    path("cases/<str:code>/timeline/", v.Timeline.as_view()),
    path("cases/<str:code>/explain/", v.Explain.as_view()),
    path("cases/<str:code>/consents/", v.Consents.as_view()),
    path("cases/<str:code>/overrides/", v.Overrides.as_view()),
    path("cases/<str:code>/records/", records.Records.as_view()),
    path("cases/<str:code>/assessments/", records.Assessments.as_view()),
    *(
        path(
            f"cases/<str:code>/{verb}/",
            v.CaseVerb.as_view(verb=verb, serializer_class=body),
        )
        for verb, (body, *_) in v.CASE_VERBS.items()
    ),
    path("persons/find/", v.FindPerson.as_view()),
    path("records/<str:code>/", records.RecordDetail.as_view()),
    path("duplicates/", duplicates.Duplicates.as_view()),
    path("duplicates/<str:code>/", duplicates.DuplicateDetail.as_view()),
    *(
        path(
            f"duplicates/<str:code>/{verb}/",
            duplicates.DuplicateAct.as_view(verb=verb, serializer_class=body),
        )
        for verb, (body, _) in duplicates.VERBS.items()
    ),
    path("consents/<str:code>/", v.ConsentDetail.as_view()),
    path("overrides/<str:code>/", v.OverrideDetail.as_view()),
]
