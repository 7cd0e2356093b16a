"""Where everything meets: settings, URLs, the API's errors, Celery, WSGI."""

from config.celery import app as celery

__all__ = ["celery"]
