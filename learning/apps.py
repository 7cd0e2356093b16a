from django.apps import AppConfig
from django.core import checks


class LearningConfig(AppConfig):
    name = "learning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from learning.questions import banks_can_be_read  # noqa: PLC0415 -- settings are there only now

        checks.register(banks_can_be_read)
