from django.apps import AppConfig
from django.core import checks


class RightsConfig(AppConfig):
    name = "rights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import erasure  # noqa: PLC0415 -- models are there only now
        from rights import rules  # noqa: PLC0415 -- the same
        from rights.actions import demanding  # noqa: PLC0415 -- the same

        erasure.of_other_apps.append(
            lambda person, by, at: demanding.demand_all(person=person, by=by, at=at)
        )

        @checks.register
        def rules_name_what_there_is(**_: object) -> list[checks.CheckMessage]:
            """A rule for a reason of closing that nobody can choose would never fit."""
            unknown = sorted(rules.unknown_closures())
            words = f"Retention rules name unknown reasons of closing: {', '.join(unknown)}"
            return [checks.Error(words, id="rights.E001")] if unknown else []
