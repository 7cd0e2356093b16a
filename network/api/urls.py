from django.urls import path

from network.api import views as v

urlpatterns = [
    path("network/questions/", v.Questions.as_view()),
    path("network/questions/find/", v.Find.as_view()),
    path("network/questions/<str:code>/", v.QuestionDetail.as_view()),
    path("network/questions/<str:code>/answers/", v.Answers.as_view()),
    path("network/questions/<str:code>/close/", v.Close.as_view()),
    path("network/answers/<str:code>/accept/", v.Accept.as_view()),
    path("network/posts/<str:code>/hide/", v.Hide.as_view()),
    path("network/focal_points/", v.FocalPoints.as_view()),
    path("network/focal_points/<str:code>/", v.FocalPointEnd.as_view()),
    path("network/focal_points/<str:code>/agree/", v.Agree.as_view()),
    path("network/reach/", v.OwnReach.as_view()),
    path("network/bulletins/", v.Bulletins.as_view()),
    path("network/bulletins/<str:code>/", v.BulletinDetail.as_view()),
    path("network/bulletins/<str:code>/confirm/", v.Confirm.as_view()),
    path("network/bulletins/<str:code>/end/", v.End.as_view()),
]
