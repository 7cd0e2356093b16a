"""The words of the pages in each language, made ready for Django from the files people edit."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from launch.environment import ROOT


def compiled(root: Path = ROOT) -> list[Path]:
    """Compile every catalogue that is newer than what was made of it; those that were."""
    made = []
    for words in sorted(root.glob("locale/*/LC_MESSAGES/django.po")):
        ready = words.with_suffix(".mo")
        if ready.exists() and ready.stat().st_mtime_ns >= words.stat().st_mtime_ns:
            continue
        with words.open("rb") as file:
            catalog = read_po(file, locale=words.parent.parent.name)
        half = ready.with_suffix(".mo.new")
        with half.open("wb") as file:
            write_mo(file, catalog)
        half.replace(ready)
        made.append(ready)
    return made
