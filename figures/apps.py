from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "figures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import erasure  # noqa: PLC0415 -- models are there only now
        from cases.actions import person  # noqa: PLC0415 -- the same
        from figures import heirs, sheets  # noqa: PLC0415 -- the same

        person.told_when_written.append(sheets.note)
        erasure.of_other_apps.append(lambda person, by, at: heirs.forget(person))
