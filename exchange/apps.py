from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import erasure  # noqa: PLC0415 -- models are there only now
        from exchange.actions import erasing  # noqa: PLC0415 -- the same

        erasure.of_other_apps.append(
            lambda person, by, at: erasing.erase(person=person, by=by, at=at)
        )
