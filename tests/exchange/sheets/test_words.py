"""Every reason has its sentence."""

import re
from pathlib import Path

from exchange import faultwords
from exchange.sheets.entry import FileFault, RowFault
from exchange.sheets.limits import DEFAULT, MB


def test_every_fault_has_a_sentence_of_its_own() -> None:
    sentences = [str(each) for each in [*faultwords.FILES.values(), *faultwords.ROWS.values()]]

    assert (set(faultwords.FILES), set(faultwords.ROWS)) == (set(FileFault), set(RowFault))
    assert len(set(sentences)) == len(sentences)


def test_the_sentence_says_how_large_a_file_may_be() -> None:
    assert str(faultwords.FILES[FileFault.TOO_LARGE]) == (
        f"The file is larger than {DEFAULT.bytes // MB} MB."
    )


def test_the_documentation_names_every_fault() -> None:
    told = (Path(__file__).parents[3] / "docs" / "exchange.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", told, re.MULTILINE))

    said = {
        str(code): str(words) for code, words in (faultwords.FILES | faultwords.ROWS).items()
    }
    assert {code: rows.get(code) for code in said} == said
