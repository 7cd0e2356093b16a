"""Wakes a worker for what waits in a table. Not a promise: the sweep finds what was missed."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task: str) -> None:
    """Names the task and nothing that waits for it: a worker takes what there is. To be called once
    the transaction has committed; if the broker is away nothing is raised."""
    try:
        current_app.send_task(task, ignore_result=True)
    except OperationalError:
        logger.info("The broker is away; the next sweep will find what waits")
