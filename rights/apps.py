from django.apps import AppConfig
from django.core import checks


class RightsConfig(AppConfig):
    name = "rights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agencies import jurisdiction  # noqa: PLC0415 -- models are there only now
        from cases import erasure  # noqa: PLC0415 -- the same
        from rights import rules  # noqa: PLC0415 -- the same
        from rights.actions import demanding  # noqa: PLC0415 -- the same

        erasure.of_other_apps.append(
            lambda person, by, at: demanding.demand_all(person=person, by=by, at=at)
        )

        @checks.register
        def rules_name_what_there_is(**_: object) -> list[checks.CheckMessage]:
            """A rule for a reason of closing that nobody can choose would never fit."""
            try:
                unknown = sorted(rules.unknown_closures())
            except jurisdiction.NotAJurisdiction:
                # The check of the file itself says so.
                return []
            words = f"Retention rules name unknown reasons of closing: {', '.join(unknown)}"
            return [checks.Error(words, id="rights.E001")] if unknown else []
