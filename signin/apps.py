from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, register

from kernel import breached

# The tag by which the doctor has this check alone made.
PASSWORDS = "passwords"


class SigninConfig(AppConfig):
    name = "signin"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(breached_list_is_one, PASSWORDS)


def breached_list_is_one(**_about: Any) -> list[Error]:
    """No command starts with a list of breached passwords that could not be searched."""
    if not settings.BREACHED_PASSWORDS:
        return []
    try:
        breached.require_list(Path(settings.BREACHED_PASSWORDS))
    except (OSError, breached.NotAList) as fault:
        return [Error(f"BREACHED_PASSWORDS: {breached.said_of(fault)}", id="signin.E001")]
    return []
