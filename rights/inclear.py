"""Why something about a person in need stands in clear: each such column has a reason here."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class InClear:
    """A reason, and what stands in clear because of it: columns by table, parted by spaces."""

    why: Any
    tables: dict[str, str]

    @property
    def columns(self) -> list[str]:
        return [
            f"{table}.{name}" for table, names in self.tables.items() for name in names.split()
        ]


REASONS = (
    InClear(
        _(
            "A first look must tell what is urgent and who can help, with nothing sealed opened."
        ),
        {
            "cases.Person": "age_band gender district languages needs_interpreter access_needs",
            "cases.Case": "risk source",
            "cases.Assessment": "risk",
        },
    ),
    InClear(
        _("The service must keep somebody away, or wait, without opening what is sealed."),
        {
            "cases.Exclusion": "district",
            "guard.Contact": "channel because safe_from safe_until result",
            "referral.Handover": "meets_at",
            "referral.Referral": "first_contact_planned_at",
        },
    ),
    InClear(
        _("Clocks, warnings and figures go by codes of how the work goes and how it ends."),
        {
            "cases.Case": "closure follow_ups",
            "cases.Hold": "ground",
            "documents.Document": "kind",
            "identification.Decision": "stage result",
            "identification.Identification": "state",
            "reintegration.Alert": "rule because",
            "reintegration.CheckIn": "channel result",
            "reintegration.Goal": "area",
            "reintegration.Plan": "types stop_reason",
            "reintegration.Review": "why_not",
            "reintegration.Score": "area worker person",
            "referral.Attempt": "channel result",
            "referral.CaseRequest": "reason",
            "rights.SubjectRequest": "kind way known_by safety outcome ground",
            "referral.Referral": "decline_reason outcome service_received withdraw_reason",
        },
    ),
    InClear(
        _(
            "Whether a consent holds is worked out from codes: who gave it, how, in which language."
        ),
        {
            "cases.Consent": "given_by form language assent",
            "cases.Override": "ground",
            "reintegration.Plan": "agreed_by assent",
        },
    ),
    InClear(
        _("That the person was heard and told in a language of theirs must be provable."),
        {
            "identification.Screening": "language with_interpreter",
            "identification.Statement": "told_on language",
            "identification.Telling": "way language",
        },
    ),
    InClear(
        _("A notice without a name: a month, a region and kinds of exploitation, and no case."),
        {"identification.AnonymousNotice": "month region exploitation"},
    ),
)


def columns() -> list[str]:
    """All of them, as `table.column`."""
    return [column for reason in REASONS for column in reason.columns]
