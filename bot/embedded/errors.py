"""What may go wrong with a server that Backstop starts itself."""


class EmbeddedError(Exception):
    """A server could not be started, or stopped by itself; `sentence` says what happened and what to do next."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
