from django.apps import AppConfig
from django.core import checks


class LearningConfig(AppConfig):
    name = "learning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import duty as gate  # noqa: PLC0415 -- models are there only now
        from learning import duty  # noqa: PLC0415 -- the same
        from learning.questions import banks_can_be_read  # noqa: PLC0415 -- settings are there only now

        checks.register(banks_can_be_read)
        checks.register(duty.settings_can_be_used)
        gate.questions.append(duty.knows)
