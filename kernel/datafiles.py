"""Files of data that people write, in TOML: read strictly, and everything that is wrong named in words.

For questions, scenarios, guidance and the statement. `where` is the place in the file, for whoever wrote it.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

LANGUAGES = frozenset({"en", "ru", "be"})
VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,2}", re.ASCII)
Words = Mapping[str, str]
Made = TypeVar("Made")


def table(path: Path, unusable: type[Exception]) -> dict[str, Any]:
    """What the file says. Raises `unusable`, with the name of the file, where it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise unusable(f"{path.name}: {fault}") from fault


def checked(
    path: Path,
    unusable: type[Exception],
    faults: Callable[[dict[str, Any]], Iterable[str]],
) -> dict[str, Any]:
    """The same, where nothing is wrong with it. Raises `unusable` with each fault in a line."""
    said = table(path, unusable)
    if found := list(faults(said)):
        raise unusable("\n".join(f"{path.name}: {fault}" for fault in found))
    return said


def versions(
    ours: Path,
    setting: str,
    folder: str,
    *,
    read: Callable[[Path], Made],
    key: Callable[[Made], tuple[str, str]],
    unusable: type[Exception],
) -> dict[tuple[str, str], Made]:
    """What is read of our files and of the administrator's folder, which that setting names; by code and
    version, and never two of one."""
    paths = sorted(ours.glob("*.toml"))
    if folder:
        if not Path(folder).is_dir():
            raise unusable(f"{setting}: {folder} is no folder")
        paths += sorted(Path(folder).glob("*.toml"))
    found: dict[tuple[str, str], Made] = {}
    for path in paths:
        made = read(path)
        code, version = key(made)
        if (code, version) in found:
            raise unusable(f"{path.name}: {code} {version} is there already")
        found[code, version] = made
    return found


def newest(found: Mapping[tuple[str, str], Made]) -> dict[str, Made]:
    """The newest version of each code, in the order of the codes: 2026.10 is newer than 2026.2."""
    in_order = sorted(
        found, key=lambda key: (key[0], [int(part) for part in key[1].split(".")])
    )
    return {key[0]: found[key] for key in in_order}


def unknown(said: dict[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    for name in sorted(set(said) - known):
        yield f"{where}: {name} is not known here"


def not_words(said: Any, where: str, longest: int) -> Iterator[str]:
    """In every language of the service: what some cannot read is not asked."""
    if not isinstance(said, dict) or set(said) != LANGUAGES:
        yield f"{where}: needed in en, ru and be, and in no other language"
        return
    for language, text in sorted(said.items()):
        if not is_text(text, longest):
            yield f"{where}: {language}: a text of {longest} letters at most is needed"


def is_text(said: Any, longest: int) -> bool:
    return isinstance(said, str) and bool(said.strip()) and len(said) <= longest


def fits(shape: re.Pattern[str], said: Any) -> bool:
    return isinstance(said, str) and shape.fullmatch(said) is not None


def get(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None
