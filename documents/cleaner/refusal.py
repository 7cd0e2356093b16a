"""How the cleaner says that a file is not to be kept."""


class Unfit(Exception):
    """The file is refused; `why` is a code of documents.workflow.Fault."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
