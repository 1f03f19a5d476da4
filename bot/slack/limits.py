"""Slack's limits, kept before anything is sent: how long a text, how many blocks, how much in one message."""

BLOCKS_IN_MESSAGE, BLOCKS_IN_VIEW = 50, 100
HEADER, SECTION, CONTEXT, CONTEXT_ELEMENTS = 150, 3000, 2000, 10
BUTTON_TEXT, BUTTON_VALUE = 75, 2000
OPTION_TEXT, OPTION_VALUE, OPTIONS, OVERFLOW_OPTIONS = 75, 150, 100, 5
ID, METADATA = 255, 3000
VIEW_TITLE, VIEW_BUTTON = 24, 24
LABEL, HINT, PLACEHOLDER = 2000, 2000, 150
TYPED = 3000  # characters of a text input
FILES = 10  # of a file input
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS, CELL = 100, 20, 9_000, 200
MESSAGE = 12_000  # characters of all texts in a message; Slack refuses somewhat above
FALLBACK = 3_000  # characters of a message's text; an update takes 4,000
BUTTONS = 5  # more than that nobody reads
LINES = 20  # lines of a list; the rest is a file


def cut(text: str, longest: int) -> str:
    """The text, or as much of it as fits with an ellipsis at its end."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
