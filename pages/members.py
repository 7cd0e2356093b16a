"""The members of an agency: inviting, giving another role, and leaving."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import actions, policy
from agencies.models import Member
from agencies.policy import Verb
from agencies.roles import BY_TWO, Role
from edge import stepup
from edge.paging import PAGE
from kernel.errors import Denied
from pages.door import actor_of, onward, page, posted
from pages.forms import Form, Nothing
from referral.actions import granting, leaving

MANAGES = frozenset({Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN})


WHY = pgettext_lazy("member", "Why, if a second person must approve it")
ASKED = gettext_lazy("Asked. A second person has to approve it; then you can do it.")
BY_TWO_WORDS = gettext_lazy(
    "30 characters at least, for system administrators and data protection officers only: nobody "
    "gives these roles alone."
)


class Invite(Form):
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{2,39}$",
        label=pgettext_lazy("member", "User name"),
        help_text=gettext_lazy("3 to 40 small letters, digits, dots or dashes."),
        error_messages={
            "invalid": gettext_lazy("Please use small letters, digits, dots, dashes.")
        },
    )
    first_name = forms.CharField(
        label=pgettext_lazy("member", "First name"), max_length=150, required=False
    )
    last_name = forms.CharField(
        label=pgettext_lazy("member", "Last name"), max_length=150, required=False
    )
    email = forms.EmailField(
        label=pgettext_lazy("member", "E-mail"),
        help_text=gettext_lazy("Messages say only that something is waiting."),
        required=False,
    )
    role = forms.ChoiceField(label=pgettext_lazy("member", "Role"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=WHY, help_text=BY_TWO_WORDS, required=False, max_length=2000,
        widget=forms.Textarea,
    )  # fmt: skip

    def __init__(self, *args: Any, roles: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = roles
        if not BY_TWO & {code for code, _ in roles}:
            del self.fields["reason"]


class Another(Form):
    role = forms.ChoiceField(label=pgettext_lazy("member", "Role"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=WHY, help_text=BY_TWO_WORDS, required=False, max_length=2000,
        widget=forms.Textarea,
    )  # fmt: skip

    def __init__(self, *args: Any, roles: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = roles
        if not BY_TWO & {code for code, _ in roles}:
            del self.fields["reason"]


@page
@require_safe
def members(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if actor.role not in MANAGES:
        raise Denied("role_may_not_change_member")
    below = request.GET.get("after", "")
    rows = policy.members_visible_to(actor).select_related("agency").order_by("username")
    found = list(rows.filter(username__gt=below)[: PAGE + 1])
    words = {
        "members": found[:PAGE],
        "next": found[PAGE - 1].username if len(found) > PAGE else "",
        "everywhere": actor.role == Role.SYSTEM_ADMIN,
    }
    return render(request, "pages/directory/members.html", words)


@page
@require_http_methods(["GET", "POST"])
def member_new(request: HttpRequest) -> HttpResponse:
    """Invite somebody. The link with the one-use secret is shown once, to be handed over."""
    actor = actor_of(request)
    policy.may(actor, Verb.INVITE_MEMBER, actor.agency).require()
    form = Invite(request.POST or None, roles=_roles(actor))
    if made := posted(request, form, lambda data: _invite(request, actor, data)):
        return made
    words = {"title": gettext("Invite somebody"), "form": form, "back": reverse("members")}
    return render(request, "pages/act.html", words)


def _invite(request: HttpRequest, actor: Member, data: dict[str, Any]) -> HttpResponse:
    facts = data | {"language": actor.language}
    reason, now = facts.pop("reason", ""), timezone.now()
    if Role(facts["role"]) in BY_TWO:
        asked = granting.ask_to_invite(
            facts=facts, agency=actor.agency, reason=reason, by=actor, at=now
        )
        return onward(request, ASKED, "approval", code=asked.code)
    return show_once(
        request, *actions.invite(facts=facts, agency=actor.agency, by=actor, at=now)
    )


def _change(
    request: HttpRequest, actor: Member, found: Member, data: dict[str, Any]
) -> HttpResponse:
    role, now = Role(data["role"]), timezone.now()
    if role in BY_TWO:
        asked = granting.ask_to_change(
            member=found, role=role, reason=data.get("reason", ""), by=actor, at=now
        )
        return onward(request, ASKED, "approval", code=asked.code)
    leaving.change_role(member=found, role=role, by=actor, at=now)
    return onward(request, gettext("The role is changed."), "member", username=found.username)


@page
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, username: str) -> HttpResponse:
    """One member; an administrator gives another role here."""
    actor = actor_of(request)
    found = _find(actor, username)
    form = Another(request.POST or None, roles=_roles(actor), initial={"role": found.role})
    if changed := posted(request, form, lambda data: _change(request, actor, found, data)):
        return changed
    words = {
        "found": found,
        "form": form,
        "may_change": bool(policy.may(actor, Verb.CHANGE_MEMBER, found.agency))
        and found.pk != actor.pk,
    }
    return render(request, "pages/directory/member.html", words)


@page
@require_http_methods(["GET", "POST"])
def member_leaves(request: HttpRequest, username: str) -> HttpResponse:
    actor = actor_of(request)
    found = _find(actor, username)
    policy.may(actor, Verb.CHANGE_MEMBER, found.agency).require()
    form = Nothing(request.POST if request.method == "POST" else None)
    left = posted(
        request, form, lambda _: leaving.leave(member=found, by=actor, at=timezone.now())
    )
    if left:
        return onward(request, gettext("Their access has ended."), "members")
    words = {
        "title": gettext("End the access of this member"),
        "words": gettext(
            "They are signed out everywhere at once. Their open work goes to the supervisor."
        ),
        "form": form,
        "button": gettext("End the access"),
        "danger": True,
        "back": reverse("member", kwargs={"username": username}),
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
@stepup.needed
def member_again(request: HttpRequest, username: str) -> HttpResponse:
    """A new invitation: for a password that was forgotten, or a link that ran out."""
    actor = actor_of(request)
    found = _find(actor, username)
    secret = actions.invite_again(member=found, by=actor, at=timezone.now())
    return show_once(request, found, secret)


def show_once(request: HttpRequest, found: Member, secret: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("activate", kwargs={"secret": secret}))
    return render(request, "pages/directory/invited.html", {"found": found, "link": link})


def _find(actor: Member, username: str) -> Member:
    if actor.role not in MANAGES:
        raise Denied("role_may_not_change_member")
    rows = policy.members_visible_to(actor).select_related("agency")
    return get_object_or_404(rows, username=username)


def _roles(actor: Member) -> list[tuple[str, Any]]:
    """The roles that the actor may give in their own agency."""
    given = [role for role in Role if policy.may_give_role(actor, role, actor.agency)]
    return [(role.value, role.label) for role in given]


urlpatterns = [
    path("members/", members, name="members"),
    path("members/new/", member_new, name="member_new"),
    path("members/<str:username>/", member, name="member"),
    path("members/<str:username>/leaves/", member_leaves, name="member_leaves"),
    path("members/<str:username>/again/", member_again, name="member_again"),
]
