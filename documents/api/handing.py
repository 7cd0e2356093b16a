"""How a content leaves: as a file to be kept, never as a page to be shown."""

from django.http import HttpResponse

from documents.kinds import KINDS, Kind
from documents.models import Document

# Should a browser show it all the same, then without scripts, forms, and an origin.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def handed_over(document: Document, content: bytes) -> HttpResponse:
    """The answer with the content, of the one type that it was checked to be.

    Its name is the document's code: the file's own name would tell about the person on whatever
    disk it ends on.
    """
    about = KINDS[Kind(document.kind)]
    response = HttpResponse(content, content_type=about.media_type, headers=HEADERS)
    name = f"{document.code}{about.endings[0]}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
