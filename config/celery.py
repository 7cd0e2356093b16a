"""The Celery application and its timetable. The schedule is code; deadlines are rows."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import worker_before_create_process
from django.db import close_old_connections

from config import forking
from edge import wall

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class MachineTask(Task):  # type: ignore[type-arg]  # generic in its stubs alone
    """A clock's work: as the service itself, and for the time of this task only."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.request.called_directly:
            # Connections are kept from one task to the next (CELERY_DB_REUSE_MAX), and looked at
            # in between as Django does between requests.
            close_old_connections()
        with wall.acting(wall.MACHINE):
            return super().__call__(*args, **kwargs)


app = Celery("safehand", task_cls=MachineTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_before_create_process.connect
def _share_what_is_loaded(**_told: Any) -> None:
    """Before a child is forked."""
    forking.share_what_is_loaded()


# Nothing is longer than an hour: beat may be started anew each day, and reckons from its start where it keeps
# nothing. What is done once a day says so itself.
app.conf.beat_schedule = {
    # An event waits for its seal less than a second, also when sixteen write: benchmarks/sealing.py.
    "seal the log": {"task": "audit.seal", "schedule": 0.5},
    "file journal": {"task": "custody.file_journal", "schedule": 30.0},
    "relay": {"task": "notify.relay", "schedule": 5.0},
    "relay calls": {"task": "notify.relay_calls", "schedule": 5.0},
    "forget calls": {"task": "notify.forget_calls", "schedule": 3600.0},
    "climb": {"task": "notify.climb", "schedule": 10.0},
    "check documents": {"task": "documents.check", "schedule": 30.0},
    "turn identifications": {"task": "identification.turn", "schedule": 60.0},
    "expire": {"task": "referral.expire", "schedule": 30.0},
    "end consents": {"task": "referral.end_consents", "schedule": 30.0},
    "lapse requests": {"task": "referral.lapse_requests", "schedule": 300.0},
    "look for duplicates": {"task": "cases.look_for_duplicates", "schedule": 60.0},
    "expire two-person acts": {"task": "seconding.expire", "schedule": 30.0},
    "watch break-glass": {"task": "guard.watch", "schedule": 60.0},
    "propose erasures": {"task": "rights.propose", "schedule": 3600.0},
    "carry out erasures": {"task": "rights.carry_out", "schedule": 60.0},
    "forget keys": {"task": "edge.forget_keys", "schedule": 3600.0},
    "forget sessions": {"task": "edge.forget_sessions", "schedule": 3600.0},
    "forget counts": {"task": "edge.forget_counts", "schedule": 3600.0},
    "reset factors": {"task": "signin.carry_out_resets", "schedule": 60.0},
    "watch over support": {"task": "reintegration.watch", "schedule": 3600.0},
    "files": {
        "task": "exchange.work",
        "schedule": 15.0,
        # Where nobody takes them, they do not pile up.
        "options": {"queue": "files", "expires": 15.0},
    },
    "remind of old entries": {"task": "exchange.remind_of_entries", "schedule": 3600.0},
    "watch links": {"task": "guest.watch", "schedule": 60.0},
    "release figures": {"task": "figures.release", "schedule": 60.0},
    "remind of learning": {"task": "learning.remind", "schedule": 3600.0},
    "watch the duty to know": {"task": "learning.watch_duty", "schedule": 3600.0},
    "publish learning": {"task": "learning.publish", "schedule": 3600.0},
    "practice": {"task": "practice.work", "schedule": 15.0, "options": {"expires": 15.0}},
    "let practice go": {"task": "practice.let_go", "schedule": 3600.0},
    "check access": {"task": "referral.check_access", "schedule": 30.0},
}
