from django.urls import path

from notify.api import views as v

urlpatterns = [
    path("notifications/", v.Notifications.as_view()),
    path("notifications/preferences/", v.Preferences.as_view()),
    path("notifications/<str:code>/acknowledge/", v.Acknowledge.as_view()),
    path("tasks/", v.Tasks.as_view()),
    path("tasks/<str:code>/done/", v.TaskDone.as_view()),
]
