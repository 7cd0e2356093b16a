from django.urls import path

from identification.api import persons
from identification.api import views as v

urlpatterns = [
    path("persons/<str:code>/", persons.PersonDetail.as_view()),
    path("persons/<str:code>/groups/<str:group>/", persons.PersonGroup.as_view()),
    path("instruments/", v.Instruments.as_view()),
    path("instruments/<str:code>/", v.InstrumentDetail.as_view()),
    path("cases/<str:code>/screenings/", v.Screenings.as_view()),
    path("screenings/<str:code>/", v.ScreeningDetail.as_view()),
    *(
        path(f"screenings/<str:code>/{verb}/", v.ScreeningVerb.as_view(verb=verb))
        for verb in v.SCREENING_VERBS
    ),
    path("cases/<str:code>/statements/", v.Statements.as_view()),
    path("cases/<str:code>/identification/", v.IdentificationDetail.as_view()),
    *(
        path(
            f"cases/<str:code>/identification/{verb}/",
            v.IdentificationVerb.as_view(verb=verb, serializer_class=body),
        )
        for verb, (body, _) in v.VERBS.items()
    ),
    path("decisions/<str:code>/", v.DecisionDetail.as_view()),
    path("decisions/<str:code>/tell/", v.DecisionTell.as_view()),
    path("identifications/", v.Queue.as_view()),
    path("anonymous_notices/", v.AnonymousNotices.as_view()),
]
