"""How a content leaves: as a file to be kept, never as a page to be shown."""

from django.http import HttpResponse

from documents.kinds import KINDS, Kind
from documents.models import Document
from edge.leaving import SANDBOXED


def handed_over(document: Document, content: bytes) -> HttpResponse:
    """The answer with the content, of the one type that it was checked to be.

    Its name is the document's code: the file's own name would tell about the person on whatever
    disk it ends on.
    """
    about = KINDS[Kind(document.kind)]
    response = HttpResponse(content, content_type=about.media_type, headers=SANDBOXED)
    name = f"{document.code}{about.endings[0]}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
