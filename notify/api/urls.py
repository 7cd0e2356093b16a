from django.urls import path

from notify.api import endpoints as e
from notify.api import views as v

urlpatterns = [
    path("notifications/", v.Notifications.as_view()),
    path("notifications/preferences/", v.Preferences.as_view()),
    path("notifications/<str:code>/acknowledge/", v.Acknowledge.as_view()),
    path("tasks/", v.Tasks.as_view()),
    path("tasks/<str:code>/done/", v.TaskDone.as_view()),
    path("endpoints/", e.Endpoints.as_view()),
    path("endpoints/<str:code>/", e.EndpointDetail.as_view()),
    path("endpoints/<str:code>/topics/", e.EndpointTopics.as_view()),
    path("endpoints/<str:code>/roll/", e.EndpointRoll.as_view()),
    path("endpoints/<str:code>/calls/", e.Calls.as_view()),
    path("endpoints/<str:code>/replay/", e.ReplaySince.as_view()),
    *(
        path(
            f"endpoints/<str:code>/{verb}/",
            e.EndpointVerb.as_view(verb=verb, serializer_class=body),
        )
        for verb, (body, _) in e.VERBS.items()
    ),
    path("calls/<str:code>/replay/", e.Replay.as_view()),
    path("events/", e.Events.as_view()),
    path("events/<str:code>/ack/", e.EventAck.as_view()),
]
