"""Every reason has its sentence."""

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
