"""What people edit becomes what Django reads, once, and again when it changed."""

import gettext
import os
from pathlib import Path

from launch.catalogs import compiled

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "be" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    words = folder / "django.po"
    words.write_text(HEAD + 'msgid "Case"\nmsgstr "Выпадак"\n', encoding="utf-8")

    first, again = compiled(tmp_path), compiled(tmp_path)
    words.write_text(HEAD + 'msgid "Case"\nmsgstr "Справа"\n', encoding="utf-8")
    os.utime(words, ns=(2**62, 2**62))
    changed = compiled(tmp_path)

    ready = folder / "django.mo"
    assert (first, again, changed) == ([ready], [], [ready])
    with ready.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Case") == "Справа"
