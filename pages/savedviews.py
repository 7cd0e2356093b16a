"""A member's own ways to cut the list of cases, kept under names."""

from urllib.parse import parse_qs

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from agencies import actions, policy
from pages.casesearch import Cut, Named
from pages.door import actor_of, done, onward, page


@page
@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep how the list is cut: what a list can be cut by, and nothing else of the address."""
    actor, form = actor_of(request), Named(request.POST)
    asked = parse_qs(request.POST.get("query", "").removeprefix("?"))
    cut = Cut({name: values[-1] for name, values in asked.items()}, actor=actor)
    query = urlencode(cut.parts()) if cut.is_valid() else ""
    made = done(
        form,
        lambda data: actions.save_view(page="cases", name=data["name"], query=query, by=actor),
    )
    if made:
        return onward(request, gettext("The list is saved."), "cases")
    words = {
        "title": gettext("Save this list"),
        "form": form,
        "back": f"{reverse('cases')}?{query}",
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
def view_forget(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    view = get_object_or_404(policy.views_visible_to(actor), code=code)
    actions.forget_view(view=view, by=actor)
    return onward(request, gettext("The saved list is removed."), "cases")


urlpatterns = [
    path("views/", view_save, name="view_save"),
    path("views/<str:code>/forget/", view_forget, name="view_forget"),
]
