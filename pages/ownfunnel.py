"""How an agency's own referrals fare, as its supervisors are shown it: exactly, for each is theirs."""

from django.utils.translation import pgettext_lazy

from referral.funnel import Funnel

# Each step of the funnel in the reader's words.
STEPS = {
    "sent": pgettext_lazy("funnel", "sent"),
    "seen": pgettext_lazy("funnel", "seen"),
    "answered": pgettext_lazy("funnel", "answered"),
    "met": pgettext_lazy("funnel", "first contact made"),
    "completed": pgettext_lazy("funnel", "completed"),
    "confirmed": pgettext_lazy("funnel", "confirmed with the person"),
}


def shown(found: Funnel) -> dict[str, object]:
    """A funnel as the template draws it: each count with the length of its bar."""
    longest = found.counts["sent"] or 1
    bars = [
        (STEPS[name], count, round(100 * count / longest))
        for name, count in found.counts.items()
    ]
    late = None if found.late_share is None else round(100 * found.late_share)
    return {"bars": bars, "median_answer": found.median_answer, "late_percent": late}
