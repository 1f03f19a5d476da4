"""What a message is drawn on: it counts blocks and characters, and what does not fit becomes a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.model.finding import Table
from bot.model.sheet import as_csv
from bot.slack import limits
from bot.slack.blocks import Block, Press, actions, context, preformatted, section, table
from bot.slack.text import Markup, clean, cut_markup, join, line, mark, plural

_RESERVE = 800  # characters, and
_RESERVED_BLOCKS = 4  # blocks, that are kept for what must stand at the end


@dataclass(frozen=True)
class File:
    """A file that goes with a message."""

    name: str
    title: str
    content: str | bytes


@dataclass(frozen=True)
class Message:
    """What is sent: `text` says the verdict in a sentence to those who do not see the blocks."""

    text: Markup
    blocks: list[Block]
    attachments: tuple[File, ...] = ()


@dataclass
class Paper:
    """Blocks in the making."""

    blocks: list[Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    _left_out: list[str] = field(default_factory=list)
    _has_table: bool = False

    def put(self, *blocks: Block | None) -> None:
        """Adds blocks; those that no longer fit are written into a file."""
        for block in blocks:
            if block is None:
                continue
            if self._fits(block, _RESERVE, _RESERVED_BLOCKS):
                self.blocks.append(block)
            else:
                self._left_out.extend(texts_of(block))

    def end(self, *blocks: Block | None) -> None:
        """Adds what must stand at the end, such as buttons."""
        self.blocks.extend(block for block in blocks if block is not None and self._fits(block, 0, 0))

    def lines(self, lines: Iterable[Markup]) -> None:
        """Adds lines of text in as many paragraphs as Slack needs for them."""
        held: list[Markup] = []
        for one in lines:
            if held and sum(len(before) + 1 for before in held) + len(one) > limits.SECTION:
                self.put(section(join("\n", held)))
                held = []
            held.append(one)
        self.put(section(join("\n", held)) if held else None)

    def list(self, lines: Sequence[str], file: File | None = None, most: int = limits.LINES) -> None:
        """Adds lines as a preformatted list, with a word about those that are left out; the file has them all."""
        if not lines:
            return
        shown = lines[:most]
        while len(shown) > 1 and sum(len(one) + 1 for one in shown) > limits.SECTION:
            shown = shown[: len(shown) * 3 // 4]
        self.put(preformatted(clean(one).replace("\n", " ") for one in shown))
        if len(shown) < len(lines):
            where = ", all in the file" if file else ""
            self.put(context(mark("{more}{where}", more=plural(len(lines) - len(shown), "more line"), where=where)))
            self.files += [file] if file else []

    def table(self, what: Table, name: str, links: Sequence[str] = ()) -> None:
        """Adds a table; a long one is cut, and whole in a CSV file. Slack takes one table in a message.

        `links` are addresses to which the first cells lead.
        """
        rows = [[line(cell) for cell in row] for row in what.rows]
        if self._has_table:
            file = File(f"{name}.csv", what.title, as_csv(what))
            self.list(columns_aligned(what.columns, rows), file)
            return
        shown = rows[: limits.TABLE_ROWS - 1]
        room = min(limits.TABLE_CHARACTERS, limits.MESSAGE - _RESERVE - self._characters())
        while shown and _size(what.columns, shown) > room:
            shown = shown[: len(shown) * 3 // 4]
        if shown:
            self._has_table = True
            self.put(table(what.columns, shown, links))
        if len(shown) < len(rows):
            self.files.append(File(f"{name}.csv", what.title, as_csv(what)))
            self.put(context(mark("{more}, all in the file", more=plural(len(rows) - len(shown), "more row"))))
        if what.cut:
            self.put(context(Markup("More exist than were fetched.")))

    def buttons(self, block_id: str, presses: Sequence[Press], more: Sequence[Press] = ()) -> None:
        """Adds buttons at the end."""
        self.end(actions(block_id, presses, more))

    def message(self, text: Markup) -> Message:
        """The message, with a file for what did not fit."""
        files = list(self.files)
        if self._left_out:
            files.append(File("rest.txt", "What did not fit into the message", "\n".join(self._left_out) + "\n"))
            self.end(context(Markup("More than fits here; the rest is in the file.")))
        return Message(cut_markup(text, limits.FALLBACK), self.blocks, tuple(files))

    def _fits(self, block: Block, reserve: int, reserved_blocks: int) -> bool:
        size = sum(map(len, texts_of(block)))
        is_within = self._characters() + size <= limits.MESSAGE - reserve
        return is_within and len(self.blocks) < limits.BLOCKS_IN_MESSAGE - reserved_blocks

    def _characters(self) -> int:
        return sum(len(text) for block in self.blocks for text in texts_of(block))


def texts_of(part: Any) -> Iterator[str]:
    """Every text in a block."""
    if isinstance(part, dict):
        for name, inside in part.items():
            if name == "text" and isinstance(inside, str):
                yield inside
            else:
                yield from texts_of(inside)
    elif isinstance(part, list):
        for inside in part:
            yield from texts_of(inside)


def columns_aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as lines of text, for where Slack takes no tables."""
    cells = [[line(cell) for cell in row] for row in (*([columns] if columns else []), *rows)]
    width = [min(max(len(row[index]) for row in cells if index < len(row)), 48) for index in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width[index]) for index, cell in enumerate(row)).rstrip() for row in cells]


def _size(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    return sum(min(len(cell), limits.CELL) for row in [columns, *rows] for cell in row)
