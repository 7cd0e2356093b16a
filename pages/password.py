"""A new password in place of the old one."""

from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from edge import stepup
from pages.coming import Activate
from pages.door import actor_of, onward, page, posted
from pages.enrolling import session_of
from pages.forms import Form
from signin.actions import password as acts


class Change(Form):
    old_password = forms.CharField(
        label=pgettext_lazy("sign in", "The password until now"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = Activate.base_fields["password"]


@sensitive_post_parameters("old_password", "new_password")
@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def password(request: HttpRequest) -> HttpResponse:
    """Change it; the other sessions end, this one goes on."""
    form = Change(request.POST if request.method == "POST" else None)
    member = posted(request, form, lambda data: _change(request, data))
    if member:
        update_session_auth_hash(request, member)
        said = gettext_lazy("Your password is changed. All other sessions have ended.")
        return onward(request, said, "factors")
    words = {
        "title": gettext("Change the password"),
        "words": gettext("You are told of it by mail, too, in case it was not you."),
        "form": form,
        "back": reverse("factors"),
    }
    return render(request, "pages/act.html", words)


def _change(request: HttpRequest, data: dict[str, Any]) -> Any:
    return acts.change(
        old=data["old_password"], new=data["new_password"], session=session_of(request),
        by=actor_of(request), at=timezone.now(),
    )  # fmt: skip


urlpatterns = [path("me/factors/password/", password, name="password")]
