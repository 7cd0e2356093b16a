"""The service's own settings, with a mail server that takes every mail and does nothing with it."""

from config.settings import *

EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
