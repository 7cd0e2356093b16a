from django.apps import AppConfig


class GuestConfig(AppConfig):
    name = "guest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guest import mail, queries  # noqa: PLC0415 -- only now are there models
        from guest.actions import linking  # noqa: PLC0415 -- likewise
        from notify.channels import email  # noqa: PLC0415 -- likewise
        from referral.actions import recalling, sending  # noqa: PLC0415 -- likewise

        sending.when_sent.append(linking.make_for)
        recalling.never_read.append(queries.was_never_read)
        email.where_guests_read.append(mail.address_for)
