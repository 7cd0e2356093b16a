from django.urls import path

from guard.api import views as v

urlpatterns = [
    path("break_glass/", v.Uses.as_view()),
    path("break_glass/<str:code>/", v.UseDetail.as_view()),
    path("break_glass/<str:code>/review/", v.Review.as_view()),
    path("cases/<str:code>/exclusions/", v.Exclusions.as_view()),
]
