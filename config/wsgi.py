"""The WSGI application. What requests need is loaded before workers are forked, and frozen: the collector
writes into what it looks at, and what is written to is no longer shared (docs/performance.md: a worker
has 2.7 MB of its own when it is forked, and had 57 MB after its first request)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402 -- after Django knows its settings
from django.template.loader import get_template  # noqa: E402
from django.template.utils import get_app_template_dirs  # noqa: E402
from django.urls import get_resolver  # noqa: E402
from django.utils import translation  # noqa: E402


def load() -> None:
    """Every view by its address, every catalogue of words, every page of ours."""
    get_resolver().check()
    for language, _ in settings.LANGUAGES:
        # To speak a language is to load its catalogue.
        translation.activate(language)
    translation.deactivate()
    for folder in get_app_template_dirs("templates"):
        if folder.parent.parent == settings.BASE_DIR:
            for page in folder.rglob("*.html"):
                get_template(str(page.relative_to(folder)))


load()
gc.collect()
gc.freeze()
# Once more, of the nothing that is left: how often the collector looks at all that has lived long is
# reckoned from how much it saw the last time, and what is frozen it would not see again.
gc.collect()
