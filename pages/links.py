"""The sender's side of links: the passcode, where a link stands, ending it; and asking for an agency."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Member
from agencies.roles import AgencyType
from audit import log
from guest import policy, queries
from guest.actions import admitting, linking
from pages import labels
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, with_blank
from pages.once import Fleeting
from referral import policy as referral_policy
from referral.models import Referral
from signin import holding

# Under which name, and for how long, a passcode waits sealed in the session to be shown.
GIVEN, GIVEN_SECONDS = "given_passcode", 60


class GuestAgency(Form):
    """What is known of a small agency that is to be referred to."""

    name = forms.CharField(label=pgettext_lazy("agency", "Name"), max_length=200)
    type = forms.ChoiceField(label=pgettext_lazy("agency", "Kind"), choices=AgencyType.choices)
    district = forms.ChoiceField(label=pgettext_lazy("agency", "District"), required=False)
    mail = forms.EmailField(
        label=pgettext_lazy("guest", "Their e-mail"),
        help_text=gettext_lazy("Mails say only that there is a message."),
    )
    phone = forms.RegexField(
        r"^\+?[1-9][0-9]{4,14}$",
        label=pgettext_lazy("guest", "Their telephone"),
        help_text=gettext_lazy("Here they are told the passcode. Like +375291234567."),
        error_messages={"invalid": gettext_lazy("Digits only, after a plus.")},
    )
    language = forms.ChoiceField(
        label=pgettext_lazy("guest", "They read"), choices=settings.LANGUAGES
    )
    service_type = forms.ChoiceField(label=pgettext_lazy("guest", "What they help with"))
    service_name = forms.CharField(
        label=pgettext_lazy("guest", "Name of the service"),
        help_text=gettext_lazy("Others see it. Say nothing of where it is."),
        max_length=200,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        types = [(code, str(words)) for code, words in labels.SERVICE_TYPES.items()]
        for name, choices in (
            ("district", with_blank(labels.districts())),
            ("service_type", types),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@page
@require_safe
def link(request: HttpRequest, code: str) -> HttpResponse:
    """Where the link of a referral stands, and what can be done about it."""
    actor = actor_of(request)
    found = _find(actor, code)
    now, last = timezone.now(), queries.latest_of(found)
    return render(
        request,
        "pages/links/link.html",
        {
            "referral": found,
            "link": last,
            "state": policy.state_of(last, at=now) if last else None,
            "may_have_one": policy.is_waited_for(found) and policy.both_take_part(found),
            "phone": found.receiver.htcds.get("org_Phone", ""),
        },
    )


@page
@require_http_methods(["GET", "POST"])
def passcode(request: HttpRequest, code: str) -> HttpResponse:
    """A passcode, on a page that is good once; with a new link where the old one is of no use any more,
    or where the page that was shown said that it is in use."""
    actor = actor_of(request)
    found = _find(actor, code)
    if request.method != "POST":
        return _shown_once(request, found)
    _, digits = linking.give_passcode(
        code=code, instead_of=request.POST.get("link", ""), by=actor, at=timezone.now()
    )
    fields = holding.seal(actor, [("passcode", [digits])])
    request.session[f"{GIVEN} {code}"] = {"at": _seconds(), "fields": fields}
    return Fleeting(reverse("link_passcode", kwargs={"code": code}))


def _shown_once(request: HttpRequest, found: Referral) -> HttpResponse:
    given = request.session.pop(f"{GIVEN} {found.code}", None)
    if given is None or not 0 <= _seconds() - given["at"] <= GIVEN_SECONDS:
        said = gettext("The passcode was shown. Whoever needs it again is given another one.")
        return onward(request, said, "referral_link", code=found.code)
    ((_, (digits,)),) = holding.opened(actor_of(request), given["fields"])
    return render(
        request,
        "pages/links/passcode.html",
        {
            "referral": found,
            "passcode": f"{digits[:4]} {digits[4:]}",
            "phone": found.receiver.htcds.get("org_Phone", ""),
        },
    )


def _seconds() -> int:
    return int(timezone.now().timestamp())


@page
@require_POST
def end(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    _find(actor, code)
    linking.revoke(code=code, by=actor, at=timezone.now())
    return onward(request, gettext("The link has ended."), "referral_link", code=code)


@page
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """Every link that is out from the cases one sees, whoever had it made."""
    actor = actor_of(request)
    found = page_in(request, queries.live_of_agency(actor))
    now = timezone.now()
    log.listed("links", [each.code for each in found["results"]], by=actor)
    words = {
        "rows": [(each, policy.state_of(each, at=now)) for each in found["results"]],
        "next": found["next"],
        "may_ask": bool(policy.may_ask_for_agency(actor)),
        "asked": policy.admissions_visible_to(actor).order_by("-pk")[:20],
    }
    return render(request, "pages/links/links.html", words)


@page
@require_http_methods(["GET", "POST"])
def agency_asked(request: HttpRequest) -> HttpResponse:
    """A supervisor asks that a small agency may be referred to."""
    actor = actor_of(request)
    policy.may_ask_for_agency(actor).require()
    form = GuestAgency(request.POST if request.method == "POST" else None)
    asked = posted(request, form, lambda data: _ask(actor, data))
    if asked:
        said = gettext("Asked. A system administrator looks at it.")
        return onward(request, said, "links")
    words = {
        "title": gettext("Ask for an agency without an account"),
        "words": gettext(
            "It will answer by a link in a mail and a passcode that you tell it by telephone."
        ),
        "form": form,
        "button": gettext("Ask for it"),
        "back": reverse("links"),
    }
    return render(request, "pages/act.html", words)


def _ask(actor: Member, data: dict[str, Any]) -> Any:
    mail = data.pop("mail")
    return admitting.ask_for_agency(facts=data, mail=mail, by=actor, at=timezone.now())


def _find(actor: Member, code: str) -> Referral:
    """The referral, for the sender's side: to everybody else there is no link."""
    rows = referral_policy.visible_to(actor).select_related(
        "case__owner", "case__person", "receiver", "sender"
    )
    found: Referral = get_object_or_404(rows, code=code, sent_at__isnull=False)
    policy.may_link(actor, found).require()
    return found


urlpatterns = [
    path("links/", links, name="links"),
    path("links/ask/", agency_asked, name="agency_asked"),
    path("referrals/<str:code>/link/", link, name="referral_link"),
    path("referrals/<str:code>/link/passcode/", passcode, name="link_passcode"),
    path("referrals/<str:code>/link/end/", end, name="link_end"),
]
