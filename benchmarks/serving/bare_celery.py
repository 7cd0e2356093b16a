"""Celery and one task that does nothing; of Django nothing at all."""

import os

from celery import Celery

app = Celery("bare", broker=os.environ["REDIS_URL"])
app.conf.update(
    broker_transport_options={"global_keyprefix": "safehand:"},
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
)


@app.task(name="bench.nothing", ignore_result=True)
def nothing(**_later: object) -> None:
    """The yardstick."""
