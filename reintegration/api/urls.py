from django.urls import path

from reintegration.api import views as v

urlpatterns = [
    path("cases/<str:code>/plans/", v.Plans.as_view()),
    path("plans/<str:code>/", v.PlanDetail.as_view()),
    *(
        path(f"plans/<str:code>/{verb}/", v.PlanVerb.as_view(verb=verb, serializer_class=body))
        for verb, (body, _) in v.PLAN_VERBS.items()
    ),
    path("plans/<str:code>/goals/", v.Goals.as_view()),
    path("goals/<str:code>/end/", v.GoalEnd.as_view()),
    path("goals/<str:code>/actions/", v.Actions.as_view()),
    path("actions/<str:code>/end/", v.ActionEnd.as_view()),
    path("cases/<str:code>/reviews/", v.Reviews.as_view()),
    path("reviews/<str:code>/", v.ReviewDetail.as_view()),
    *(
        path(
            f"reviews/<str:code>/{verb}/",
            v.ReviewVerb.as_view(verb=verb, serializer_class=body),
        )
        for verb, (body, _) in v.REVIEW_VERBS.items()
    ),
    path("cases/<str:code>/check_ins/", v.CheckIns.as_view()),
    path("cases/<str:code>/trajectory/", v.TrajectoryDetail.as_view()),
    path("cases/<str:code>/alerts/", v.Alerts.as_view()),
    path("alerts/<str:code>/resolve/", v.AlertResolve.as_view()),
]
