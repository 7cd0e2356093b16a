"""Wakes the check once a document has come in. Not a promise: the sweep finds what was missed."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake() -> None:
    """Names no document: a worker takes what waits."""
    try:
        current_app.send_task("documents.check")
    except OperationalError:
        logger.info("The broker is away; the next sweep will find what waits")
