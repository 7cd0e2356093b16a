"""One's own ways to sign in: what is set up, setting up more, taking away, new recovery codes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from edge import stepup
from pages.door import actor_of, onward, page, posted
from pages.enrolling import add_app, add_passkey, app_offered, session_of, show_codes
from pages.forms import Nothing
from pages.passkeyforms import FACTOR_WAYS, Code, Passkey
from pages.signwords import KINDS, device
from signin import policy, queries, recovery
from signin.actions import factors as acts
from signin.actions import resets


@page
@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = [
        {"row": row, "kind": KINDS[row.type], "made_on": row.data.get("name")}
        for row in queries.factors_of(actor)
    ]
    for each in rows:
        each["made_on"] = device(each["made_on"]) if each["made_on"] else ""
    words = {
        "factors": rows,
        "has_app": any(each["row"].type == "totp" for each in rows),
        "codes_left": recovery.left_of(actor),
        "reset": queries.open_reset(actor),
    }
    return render(request, "pages/signin/factors.html", words)


@sensitive_post_parameters("code")
@page
@require_http_methods(["GET", "POST"])
def app_new(request: HttpRequest) -> HttpResponse:
    stepup.require(request, ways=FACTOR_WAYS)
    actor, label = actor_of(request), gettext("Code")
    hint = gettext("The six digits that the app shows.")
    form = Code(request.POST or None, label=label, hint=hint)
    if posted(request, form, lambda data: add_app(request, actor, data)):
        return onward(request, gettext("The app is set up."), "factors")
    words = {"form": form, **app_offered(request, actor)}
    return render(request, "pages/signin/app.html", words)


@page
@require_http_methods(["GET", "POST"])
def passkey_add(request: HttpRequest) -> HttpResponse:
    stepup.require(request, ways=FACTOR_WAYS)
    actor, key = actor_of(request), Passkey(request.POST or None)
    if posted(request, key, lambda data: add_passkey(request, actor, data)):
        return onward(request, gettext("The passkey is set up."), "factors")
    return render(request, "pages/signin/passkey_add.html", {"key": key})


@page
@require_http_methods(["GET", "POST"])
def factor_remove(request: HttpRequest, number: int) -> HttpResponse:
    stepup.require(request, ways=FACTOR_WAYS)
    actor = actor_of(request)
    row = get_object_or_404(queries.factors_of(actor), pk=number)
    form = Nothing(request.POST if request.method == "POST" else None)
    removed = posted(
        request,
        form,
        lambda _: (
            acts.remove(number=number, session=session_of(request), by=actor, at=timezone.now())
            or True
        ),
    )
    if removed:
        return onward(request, gettext("It is taken away."), "factors")
    words = {
        "title": gettext("Take away: %(what)s") % {"what": KINDS[row.type]},
        "words": gettext("You cannot sign in with it any more. Your other sessions end."),
        "form": form,
        "button": gettext("Take away"),
        "danger": True,
        "back": reverse("factors"),
    }
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
def codes_new(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown in the answer itself: no other page could show them again."""
    stepup.require(request, ways=FACTOR_WAYS)
    if request.method == "POST":
        return show_codes(request, actor_of(request), reverse("factors"))
    words = {
        "title": gettext("Make new recovery codes"),
        "words": gettext("The codes that you have now are then worth nothing."),
        "form": Nothing(),
        "back": reverse("factors"),
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
def reset_stop_own(request: HttpRequest, code: str) -> HttpResponse:
    """Not lost at all: the member says so."""
    actor = actor_of(request)
    reset = get_object_or_404(policy.resets_visible_to(actor).filter(member=actor), code=code)
    resets.stop(reset=reset, by=actor, at=timezone.now())
    return onward(request, gettext("It is stopped. Your ways to sign in stay."), "factors")


urlpatterns = [
    path("me/factors/", factors, name="factors"),
    path("me/factors/app/", app_new, name="app_new"),
    path("me/factors/passkey/", passkey_add, name="passkey_add"),
    path("me/factors/codes/", codes_new, name="codes_new"),
    path("me/factors/<int:number>/remove/", factor_remove, name="factor_remove"),
    path("me/factors/resets/<str:code>/stop/", reset_stop_own, name="reset_stop_own"),
]
