"""The notices that the bell rings for: what each is about, and saying that one has read it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from notify import actions, policy
from pages.door import actor_of, next_of, page, page_in
from pages.noticewords import line_of


@page
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Those not read yet; with `read`, all of them."""
    actor, all_of_them = actor_of(request), request.GET.get("read") == "1"
    rows = policy.notices_visible_to(actor).select_related("event")
    if not all_of_them:
        rows = rows.filter(acknowledged_at__isnull=True)
    found = page_in(request, rows)
    words = {
        "lines": [line_of(each, actor) for each in found["results"]],
        "next": found["next"],
        "all_of_them": all_of_them,
    }
    return render(request, "pages/home/notices.html", words)


@page
@require_POST
def acknowledge(request: HttpRequest, code: str) -> HttpResponse:
    """Say that one has read a notice, and stay where one was."""
    actor = actor_of(request)
    notice = get_object_or_404(policy.notices_visible_to(actor), code=code)
    actions.acknowledge(notice=notice, by=actor, at=timezone.now())
    return HttpResponseRedirect(next_of(request))


@page
@require_POST
def acknowledge_shown(request: HttpRequest) -> HttpResponse:
    """The same for all that were on the page, and for none that came meanwhile."""
    actor = actor_of(request)
    shown = policy.notices_visible_to(actor).filter(code__in=request.POST.getlist("code"))
    count = actions.acknowledge_all(notices=shown, by=actor, at=timezone.now())
    said = ngettext("%(n)d notice is read.", "%(n)d notices are read.", count)
    messages.success(request, said % {"n": count})
    return HttpResponseRedirect(next_of(request))


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/acknowledge/", acknowledge_shown, name="acknowledge_shown"),
    path("notices/<str:code>/acknowledge/", acknowledge, name="acknowledge"),
]
