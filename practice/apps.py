from django.apps import AppConfig
from django.core import checks


class PracticeConfig(AppConfig):
    name = "practice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from practice.scenarios import scenarios_can_be_read  # noqa: PLC0415 -- settings are there only now

        checks.register(scenarios_can_be_read)
