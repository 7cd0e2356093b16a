"""The sections of an intake, in the order of a talk: what each asks, of whom, and where it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.groups import SEALED, DataGroup
from pages.fieldforms import Question, questions_of

ON_THE_CARD = "person"
# An address stays in the history of a browser: this one must not tell what a case is about.
NEUTRAL = {DataGroup.TRAFFICKING.value: "happened"}


def slug_of(name: str) -> str:
    """What a section or a group is called in an address."""
    return NEUTRAL.get(name, name)


@dataclass(frozen=True, slots=True)
class Section:
    """`words` stand above the questions; for a child, `for_child` where there are such."""

    name: str
    title: Promise
    words: Promise
    for_child: Promise | None = None

    @property
    def group(self) -> DataGroup | None:
        """The sealed group that it fills; None for what stays in clear."""
        return DataGroup(self.name) if self.name in SEALED else None

    @property
    def why(self) -> str:
        """The group by whose why it is asked; what is known without a name goes on the card."""
        return DataGroup.TRIAGE if self.name == ON_THE_CARD else self.group or ""

    @property
    def slug(self) -> str:
        return slug_of(self.name)

    def lead(self, *, child: bool) -> Promise:
        return self.for_child if child and self.for_child is not None else self.words


SECTIONS: dict[str, Section] = {
    section.name: section
    for section in (
        Section(
            "beginning",
            pgettext_lazy("section", "How it began"),
            _("Who told us, and how urgent it is."),
        ),
        Section(
            "person",
            pgettext_lazy("section", "The person, without a name"),
            _("Enough to find the right help, too little to know somebody by."),
        ),
        Section(
            "contact",
            pgettext_lazy("section", "Safe contact"),
            _("How to reach the person without anybody else learning of it. Ask this first."),
            _("How to reach the child, or the adult whom the child trusts, without danger."),
        ),
        Section(
            "safety",
            pgettext_lazy("section", "Safety"),
            _("What those who help must know so that nobody comes to harm."),
        ),
        Section(
            "identity",
            pgettext_lazy("section", "Name and papers"),
            _("A first name is enough to begin with. The rest can wait."),
        ),
        Section(
            "family",
            pgettext_lazy("section", "Family"),
            _("Children who need care, and people whom the person trusts."),
            _("Who speaks for the child. If nobody can, write so: a guardian must be found."),
        ),
        Section(
            "health",
            pgettext_lazy("section", "Health"),
            _("Only what is needed now. No diagnosis is asked for."),
        ),
        Section(
            "mental_health",
            pgettext_lazy("section", "Peace of mind"),
            _("How the person sleeps, eats and feels. Do not ask about what happened here."),
            _("How the child sleeps, eats and plays. Do not ask about what happened here."),
        ),
        Section(
            "trafficking",
            pgettext_lazy("section", "What happened"),
            _(
                "Only what the person wants to tell, and only once. Stop whenever they wish. Help "
                "does not depend on it."
            ),
            _(
                "Do not question the child. Write down what the child says by itself; the rest is "
                "for somebody trained to talk with children."
            ),
        ),
        Section(
            "legal",
            pgettext_lazy("section", "Legal matters"),
            _("Papers, proceedings, and who stands beside the person there."),
        ),
        Section(
            "whereabouts",
            pgettext_lazy("section", "Where the person is now"),
            _("Never shared by itself. Leave it empty if nobody needs it."),
        ),
    )
}
ORDER = tuple(SECTIONS)
BY_SLUG = {section.slug: section for section in SECTIONS.values()}
# Asked of a child only: an adult speaks for themselves.
FOR_A_CHILD = frozenset({"guardian_name", "guardian_contact"})
# Never asked of a small child.
NOT_OF_A_SMALL_CHILD = frozenset(
    {"prs_MaritalStatus", "prs_NumberOfChildren", "children", "prs_Salutation", "prs_Title"}
)
SMALL = "0-8"


def asked(
    group: DataGroup, band: str, *, child: bool, there: Iterable[str] = ()
) -> list[Question]:
    """What is asked about this group of somebody of this age band. What is filled in already
    (the names in `there`) is asked in any case, so that nothing is lost."""
    skipped = NOT_OF_A_SMALL_CHILD if band == SMALL else frozenset()
    skipped |= frozenset() if child else FOR_A_CHILD
    return questions_of(group, leave_out=skipped - set(there))


def after(section: Section) -> str | None:
    """The next section's address, None after the last."""
    rest = ORDER[ORDER.index(section.name) + 1 :]
    return slug_of(rest[0]) if rest else None
