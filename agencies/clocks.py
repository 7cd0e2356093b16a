"""How long an agency has to reply to a referral and to meet the person."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from agencies import jurisdiction
from agencies.jurisdiction import ReferralClocks
from agencies.models import Agency, ClockSetting
from kernel.clock import Span


class Urgency(TextChoices):
    EMERGENCY = "emergency", pgettext_lazy("urgency", "emergency")
    URGENT = "urgent", pgettext_lazy("urgency", "urgent")
    NORMAL = "normal", pgettext_lazy("urgency", "normal")


def clocks_for(agency: Agency, *, service_type: str, urgency: Urgency) -> ReferralClocks:
    """The agency's setting for this type, else for all types, else the jurisdiction's."""
    default = jurisdiction.current().referral[urgency]
    setting = (
        ClockSetting.objects.filter(
            agency=agency, urgency=urgency, service_type__in=["", service_type]
        )
        .order_by("-service_type")
        .first()
    )
    if setting is None:
        return default
    return ReferralClocks(
        reply=Span(setting.reply_hours, default.reply.runs),
        contact=Span(setting.contact_hours, default.contact.runs),
    )
