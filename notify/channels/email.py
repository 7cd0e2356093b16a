"""Mail: constant words in the member's language, and the address where to read: the log-in page, or
for who has no account a link."""

from collections.abc import Callable
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from notify.channels import Away, PermanentFailure, TransientFailure
from notify.models import Delivery
from notify.notices import FOR_A_GUEST, words_of

Conversation = BaseEmailBackend
REFUSED_FOR_GOOD = range(500, 600)
# Who knows the address at which somebody without an account reads what an event is about, by the
# agency's stand-in and the subject. See guest/apps.py.
where_guests_read: list[Callable[[int, str], str]] = []


def connect() -> Conversation:
    """One conversation with the mail server, for a batch of mails."""
    connection: Conversation = get_connection()
    return connection


def send(delivery: Delivery, connection: Conversation) -> None:
    """Hand one mail to the server. Raises Away, TransientFailure or PermanentFailure."""
    member = delivery.member
    _require_writable(member.email)
    _reach(connection)
    words = FOR_A_GUEST if member.is_guest else words_of(delivery.event.kind)
    with translation.override(member.language):
        subject, body = str(words.subject), str(words.body)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    mail = EmailMessage(
        subject=subject,
        body=f"{body}\n\n{settings.PUBLIC_URL}{_where_to_read(delivery)}\n",
        to=[member.email],
        headers={
            "Message-ID": f"<{delivery.message_id.hex}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )
    try:
        mail.send()
    except SMTPSenderRefused as fault:
        # Every mail has the same sender: this says nothing about the one at hand.
        raise Away(f"smtp_{fault.smtp_code}") from fault
    except SMTPRecipientsRefused as fault:
        codes = [code for code, _ in fault.recipients.values()]
        _fail(codes[0] if codes else 0, fault)
    except SMTPResponseException as fault:
        _fail(fault.smtp_code, fault)
    except (OSError, ValueError, SMTPException) as fault:
        raise TransientFailure(type(fault).__name__) from fault


def _where_to_read(delivery: Delivery) -> str:
    if not delivery.member.is_guest:
        return "/"
    found = (each(delivery.member.pk, delivery.event.subject) for each in where_guests_read)
    return next(found, "/")


def _reach(connection: BaseEmailBackend) -> None:
    """A server that is not there, greets with a 5xx (554: no service here) or does not know us refuses
    no mail: it was shown none."""
    try:
        connection.open()
    except SMTPResponseException as fault:
        raise Away(f"smtp_{fault.smtp_code}") from fault
    except (OSError, ValueError) as fault:
        raise Away(type(fault).__name__) from fault


def _require_writable(address: str) -> None:
    # A domain without a form in ASCII passes for an address, but no mail can ever carry it.
    try:
        address.rpartition("@")[2].encode("idna")
    except UnicodeError as fault:
        raise PermanentFailure("address_not_writable") from fault


def _fail(code: int, fault: Exception) -> None:
    # The server's words are not kept: they may quote an address.
    kind = PermanentFailure if code in REFUSED_FOR_GOOD else TransientFailure
    raise kind(f"smtp_{code}") from fault
