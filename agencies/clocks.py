"""How long an agency has to reply to a referral and to meet the person."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from agencies.models import Agency, ClockSetting
from kernel.clock import Runs, Span


class Urgency(TextChoices):
    EMERGENCY = "emergency", pgettext_lazy("urgency", "emergency")
    URGENT = "urgent", pgettext_lazy("urgency", "urgent")
    NORMAL = "normal", pgettext_lazy("urgency", "normal")


@dataclass(frozen=True, slots=True)
class Clocks:
    reply: Span
    contact: Span


# Reply and contact of the inter-agency referral form (24 h, 72 h, 2 weeks), with the reply
# times that this service adds. Emergency runs round the clock, the others on working time.
DEFAULT: dict[Urgency, Clocks] = {
    Urgency.EMERGENCY: Clocks(
        reply=Span(4, Runs.ROUND_THE_CLOCK), contact=Span(24, Runs.ROUND_THE_CLOCK)
    ),
    Urgency.URGENT: Clocks(
        reply=Span(24, Runs.WORKING_DAYS), contact=Span(72, Runs.WORKING_DAYS)
    ),
    Urgency.NORMAL: Clocks(
        reply=Span(72, Runs.WORKING_DAYS), contact=Span(14 * 24, Runs.ENDS_ON_WORKING_DAY)
    ),
}


def clocks_for(agency: Agency, *, service_type: str, urgency: Urgency) -> Clocks:
    """The agency's setting for this type, else for all types, else the default."""
    default = DEFAULT[urgency]
    setting = (
        ClockSetting.objects.filter(
            agency=agency, urgency=urgency, service_type__in=["", service_type]
        )
        .order_by("-service_type")
        .first()
    )
    if setting is None:
        return default
    return Clocks(
        reply=Span(setting.reply_hours, default.reply.runs),
        contact=Span(setting.contact_hours, default.contact.runs),
    )
