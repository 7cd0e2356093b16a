"""The service's own settings, with a password hash that does not take its time, and with the second
factor that a demonstration may go without."""

from config.settings import *

SECOND_FACTOR = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_TIMEOUT = 5
