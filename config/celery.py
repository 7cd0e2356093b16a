"""The Celery application and its timetable. The schedule is code; deadlines are rows."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("safehand")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "relay": {"task": "notify.relay", "schedule": 5.0},
    "climb": {"task": "notify.climb", "schedule": 10.0},
    "turn identifications": {"task": "identification.turn", "schedule": 60.0},
    "expire": {"task": "referral.expire", "schedule": 30.0},
    "end consents": {"task": "referral.end_consents", "schedule": 30.0},
    "lapse requests": {"task": "referral.lapse_requests", "schedule": 300.0},
    "expire two-person acts": {"task": "seconding.expire", "schedule": 30.0},
    "watch break-glass": {"task": "guard.watch", "schedule": 60.0},
    "forget keys": {"task": "edge.forget_keys", "schedule": 3600.0},
    "watch over support": {"task": "reintegration.watch", "schedule": 3600.0},
    "check access": {"task": "referral.check_access", "schedule": 24 * 3600.0},
}
