"""The door of every page: who comes in, and how an act or a refusal ends as a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy

from agencies.models import Member
from audit import log
from audit.log import Unrecorded
from edge import paging, phrases, stepup
from edge.errors import STATUS, CursorMalformed, is_busy
from kernel.errors import Denied, Missing, SafehandError
from pages.forms import Form
from pages.once import once
from pages.seats import HELD, learner_of
from signin import holding

View = Callable[..., HttpResponse]
Made = TypeVar("Made")
# Who has shown nothing yet by which they could be told from others.
ANYONE = log.Machine("anonymous", role="none")
# What stands around a page; who has no account sees another.
FRAME = "pages/base.html"
BAD, FORBIDDEN, NOT_FOUND, FAILED, TRY_AGAIN = 400, 403, 404, 500, 503
SAFE = frozenset({"GET", "HEAD"})
ENDED = gettext_lazy("Your session had ended, so nothing was done. Sign in and do it again.")
NOT_KEPT = gettext_lazy("Nothing was done yet, and what you sent was too large to be kept.")
# What never waits in the session while one is asked again.
NOT_HELD = frozenset(
    {
        "csrfmiddlewaretoken", "password", "old_password", "new_password", "code", "credential",
        "passphrase",
    }
)  # fmt: skip
REFUSED: dict[type[Exception], tuple[int, str]] = {
    Http404: (NOT_FOUND, "not_found"),
    ObjectDoesNotExist: (NOT_FOUND, "not_found"),
    PermissionDenied: (FORBIDDEN, "forbidden"),
    CursorMalformed: (BAD, "cursor_malformed"),
    Unrecorded: (TRY_AGAIN, "not_recorded"),
}


def actor_of(request: HttpRequest) -> Member:
    """The member who asks. Only views behind `page` may call this."""
    return cast(Member, request.user)


def page(view: View) -> View:
    """For members alone; whoever has not signed in does so first and then comes back.

    A refusal undoes what the request did, and is shown as a sentence. A form that is sent twice
    does its work once.
    """

    @wraps(view)
    def answer(request: HttpRequest, **where: Any) -> HttpResponse:
        member = request.user
        if not isinstance(member, Member) or not member.agency.is_active:
            return _to_sign_in(request)
        return acted(request, member, lambda: view(request, **where))

    return answer


def acted(
    request: HttpRequest,
    member: Member,
    act: Callable[[], HttpResponse],
    *,
    frame: str = FRAME,
) -> HttpResponse:
    """What came of it, or the refusal as a page in that frame."""
    try:
        return _for_its_button(request, once(member, request, act), frame)
    except SafehandError as refusal:
        if refusal.code == stepup.NEEDED:
            return to_ask_again(request, member)
        return _refuse(request, member, STATUS[type(refusal)], refusal.code, frame)
    except tuple(REFUSED) as refusal:
        kind = next(kind for kind in REFUSED if isinstance(refusal, kind))
        return _refuse(request, member, *REFUSED[kind], frame)
    except OperationalError as fault:
        if not is_busy(fault):
            raise
        return _refuse(request, member, TRY_AGAIN, "busy", frame)


def done(form: Form, act: Callable[[dict[str, Any]], Made]) -> Made | None:
    """Act on what the form holds, if that is right; what came of it, or None.

    What the action refuses is said beside the field that it is about, and nothing that was
    typed is lost. Who may not do this at all sees the refusal alone: Denied and Missing go on.
    """
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            return act(form.cleaned_data)
    except (Denied, Missing):
        raise
    except SafehandError as refusal:
        form.refuse(refusal)
    except (IntegrityError, DataError):
        # A rule that only the database knows: refused there, and worded only so far here.
        form.add_error(None, phrases.of("against_a_rule"))
    except OperationalError as fault:
        if not is_busy(fault):
            raise
        form.add_error(None, phrases.of("busy"))
    return None


def posted(
    request: HttpRequest, form: Form, act: Callable[[dict[str, Any]], Made]
) -> Made | None:
    """`done`, where the form was sent; None where it is only shown."""
    return done(form, act) if request.method == "POST" else None


def onward(request: HttpRequest, said: Any, name: str, **where: Any) -> HttpResponse:
    """Go on to a page, and say there what was done."""
    messages.success(request, str(said))
    return HttpResponseRedirect(reverse(name, kwargs=where))


def page_in(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    """The page of a plain list that the address asks for by `after`, newest first: `results`,
    and `next`, the mark of the page that follows."""
    return paging.newest_below(paging.start_at(request.GET.get("after", "")), rows)


def next_of(request: HttpRequest) -> str:
    """Where to go after signing in: an address of ours, or the work list."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours and wanted.startswith("/") else reverse("home")


def problem(
    request: HttpRequest, status: int, code: str, *, frame: str = FRAME
) -> HttpResponse:
    """A page that says in a sentence why there is no page."""
    if status >= FAILED:
        # The fault may be anywhere: look up nothing more to say so.
        request.user = AnonymousUser()
    words = {"status": status, "code": code, "sentence": phrases.of(code), "frame": frame}
    return render(request, "pages/problem.html", words, status=status)


def refused(response: HttpResponse, member: Member, code: str) -> HttpResponse:
    """A page that says itself why something was refused, and keeps what was typed; it is written down
    as any other refusal."""
    response.status_code = FORBIDDEN
    # Read by config.middleware.denials, once this request's transaction is over.
    response.refusal, response.member = code, member  # type: ignore[attr-defined]
    return response


def too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of a page that was shown before somebody else signed in here, or nobody did."""
    response = problem(request, FORBIDDEN, "page_too_old")
    response.refusal, response.member = "page_too_old", request.user  # type: ignore[attr-defined]
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in first and come back: to the page, or to that from which a form was sent."""
    wanted = request.get_full_path()
    if request.method not in SAFE:
        messages.warning(request, ENDED)
        wanted = _came_from(request)
    return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': wanted})}")


def to_ask_again(request: HttpRequest, member: Member) -> HttpResponse:
    """Show once more who one is and come back; what was typed into a form waits meanwhile."""
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    wanted = request.get_full_path()
    if request.method not in SAFE:
        fields = [pair for pair in request.POST.lists() if pair[0] not in NOT_HELD]
        # For whose session it is: who practises is asked again as the learner.
        whose = learner_of(request) or member
        kept = "" if request.FILES else holding.seal(whose, fields)
        if kept:
            held = {"path": wanted, "fields": kept, "at": int(timezone.now().timestamp())}
            request.session[HELD] = held
            wanted = reverse("go_on")
        else:
            messages.warning(request, NOT_KEPT)
            wanted = _came_from(request)
    return HttpResponseRedirect(f"{reverse('ask_again')}?{urlencode({'next': wanted})}")


def _came_from(request: HttpRequest) -> str:
    """The page of ours on which the sender of a form stood, as the browser says."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return reverse("home")
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _for_its_button(request: HttpRequest, response: HttpResponse, frame: str) -> HttpResponse:
    """A page in place of the empty answer to who opens an address that only acts."""
    if not isinstance(response, HttpResponseNotAllowed):
        return response
    shown = problem(request, response.status_code, "only_by_its_button", frame=frame)
    shown["Allow"] = response["Allow"]
    return shown


def _refuse(
    request: HttpRequest, member: Member, status: int, code: str, frame: str
) -> HttpResponse:
    response = problem(request, status, code, frame=frame)
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    if status in {FORBIDDEN, NOT_FOUND}:
        # Read by config.middleware.denials, once this request's transaction is over.
        response.refusal, response.member = code, member  # type: ignore[attr-defined]
    return response
