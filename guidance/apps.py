from django.apps import AppConfig
from django.core import checks


class GuidanceConfig(AppConfig):
    name = "guidance"

    def ready(self) -> None:
        from guidance.whys import guidance_can_be_read  # noqa: PLC0415 -- as in every app: once all are there

        checks.register(guidance_can_be_read)
