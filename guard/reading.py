"""What was sealed when the glass was broken, when it was looked at, and when a plan was overruled."""

from audit import log
from cases import vault
from edge import wall
from guard.models import BreakGlass, Contact


def words_of(use: BreakGlass, *, by: log.Actor) -> dict[str, str]:
    """Why it was done ("reason"), and what was said of it afterwards ("remarks")."""
    # Who wrote the words, or looks at them, reads them also when the case is closed to them again.
    wall.hold([use.case_id])
    places = {"reason": use.code, "remarks": f"{use.code} remarks"}
    texts = vault.open_texts(
        use.case.person,
        {places["reason"]: bytes(use.reason), places["remarks"]: use.remarks},
        by=by,
        case=use.case_code,
        what="break_glass",
    )
    return {name: texts[place] for name, place in places.items() if place in texts}


def override_of(contact: Contact, *, by: log.Actor) -> str:
    """Why the person was reached although the plan said no; empty where it did not."""
    texts = vault.open_texts(
        contact.case.person,
        {contact.code: contact.override},
        by=by,
        case=contact.case.code,
        what="contact",
    )
    return texts.get(contact.code, "")
