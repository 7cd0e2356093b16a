"""How a file leaves: to be kept, never to be shown as a page."""

from django.http import HttpResponse

# Should a browser show it all the same, then without scripts, forms, and an origin.
SANDBOXED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def csv_file(text: str, name: str) -> HttpResponse:
    """A table of our own making, under a name that tells of nobody."""
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
