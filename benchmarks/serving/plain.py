"""The same without the second wall: Django's own connection, as the owner of the tables."""

from benchmarks.serving.walled import *

DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
