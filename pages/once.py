"""A form that is sent twice, by a second press or by a page sent again, does its work once."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from agencies.models import Member
from edge import keys

# Django masks this anew each time that it writes it into a page, so it also names the page.
NAME_OF_PAGE = "csrfmiddlewaretoken"


class Fleeting(HttpResponseRedirect):
    """Leads to an address that is good once, and is not remembered."""


def once(member: Member, request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Act, and remember where that led; the same form of the same page again only leads there.

    What led nowhere, such as a form that is shown again with its errors, may be sent again, and
    so may a form that was sent with other words.
    """
    if request.method != "POST" or NAME_OF_PAGE not in request.POST:
        return act()
    sent = [request.get_full_path(), sorted(request.POST.lists())]
    if request.FILES:
        sent.append(keys.files_of(request.FILES))
    row = keys.take(
        f"page-{keys.digest_of(sent)}", member_id=member.pk, route="page", digest=""
    )
    if row.answer:
        return HttpResponseRedirect(row.answer)
    response = act()
    if isinstance(response, HttpResponseRedirect) and not isinstance(response, Fleeting):
        keys.settle(row, response.url)
    else:
        row.delete()
    return response
