"""What is another's and what is nobody's cannot be told apart: the same body after the same work.

The work is counted in queries. Time is not measured: on a busy machine it would say nothing.
"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.entering import enter
from tests.matrix.test_matrix import ask, client_of, code_for, table

NOBODYS = "2222-2222"
# One main route for each kind of record that has a code, read and acted on.
ROUTES = (
    ("cases/<str:code>/", "GET"),
    ("cases/<str:code>/timeline/", "GET"),
    ("cases/<str:code>/notes/", "POST"),
    ("cases/<str:code>/assign/", "POST"),
    ("referrals/<str:code>/", "GET"),
    ("referrals/<str:code>/accept/", "POST"),
    ("consents/<str:code>/", "GET"),
    ("consents/<str:code>/withdraw/", "POST"),
    ("documents/<str:code>/", "GET"),
    ("documents/<str:code>/ticket/", "POST"),
    ("screenings/<str:code>/", "GET"),
    ("plans/<str:code>/", "GET"),
    ("transfers/<str:code>/accept/", "POST"),
)
PAGES = ("/cases/{}/", "/cases/{}/people/", "/referrals/{}/", "/cases/{}/refer/", "/go/{}/")


@pytest.mark.django_db
@pytest.mark.parametrize("relation", ["stranger_supervisor", "colleague"])
def test_the_same_answer_after_the_same_queries(relation: str) -> None:
    client, world = client_of(relation)
    judged = table()
    told, checked = {}, 0
    for route, method in ROUTES:
        if judged[route, method][relation] != "404":
            continue
        checked += 1
        real = code_for(route, world)
        theirs = _work(client, world, route, method, real)
        nothing = _work(client, world, route, method, real[:3] + NOBODYS)
        if theirs != nothing:
            told[f"{method} {route}"] = (theirs, nothing)
    assert told == {}
    assert checked >= 9


def _work(client: Any, world: Any, *asked: str) -> tuple[int, dict[str, Any], int]:
    with CaptureQueriesContext(connection) as caught:
        answer = ask(client, world, *asked)
    body = {name: value for name, value in answer.json().items() if name != "request_id"}
    return answer.status_code, body, len(caught)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_pages_tell_no_more(path: str) -> None:
    _, world = client_of("stranger_supervisor")
    http = enter(Client(), world.members["stranger_supervisor"])
    real = world.referral.code if "referrals" in path else world.case.code
    found = []
    # The first request of a session also begins it.
    http.get("/me/")
    for code in (real, real[:3] + NOBODYS):
        with CaptureQueriesContext(connection) as caught:
            answer = http.get(path.format(code))
        words = answer.content.decode().replace(code, "CODE")
        csrf = str(answer.context["csrf_token"])
        found.append((answer.status_code, words.replace(csrf, "CSRF"), len(caught)))
    assert found[0] == found[1]
    assert found[0][0] == 404
