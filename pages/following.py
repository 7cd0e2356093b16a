"""A page of work that goes on elsewhere: it looks again by itself until the work is over."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from edge.sessions import AGAIN

# What stands in the address where the reader has ended that.
STILL = "still"
# What `safehand.js` asks for: the part that changes, and no message to anybody.
PART = "part"


def following(request: HttpRequest, name: str, words: dict[str, Any]) -> HttpResponse:
    """The page of that name, or the part of it that changes; `waits` says whether it goes on."""
    part = f"{name}_part.html"
    alone = request.GET.get(AGAIN) == PART
    words |= {"still": STILL in request.GET, "part": part}
    return render(request, part if alone else f"{name}.html", words)
