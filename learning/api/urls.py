from django.urls import path

from learning.api import views as v

urlpatterns = [
    path("learning/", v.Topics.as_view()),
    path("learning/sittings/", v.OwnSittings.as_view()),
    path("learning/sittings/<str:code>/", v.OwnSitting.as_view()),
    path("learning/sittings/<str:code>/answers/", v.Answers.as_view()),
    path("learning/sittings/<str:code>/finish/", v.Finish.as_view()),
    path("learning/gains/", v.Gains.as_view()),
    path("learning/duty/", v.OwnDuty.as_view()),
    path("learning/statement/", v.OwnStatement.as_view()),
    path("learning/due/", v.WhoIsDue.as_view()),
    path("learning/due/counts/", v.DueCounts.as_view()),
    path("learning/check/", v.Check.as_view()),
]
