"""The WSGI application. What requests need is loaded before workers are forked, and frozen."""

import os

from django.core.wsgi import get_wsgi_application

from config.forking import share_what_is_loaded

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
share_what_is_loaded()
