"""The documentation as data: its pages, and the curl examples in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("contracts/*.md")])

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A curl command, and the answer that the block below it shows: a status line, perhaps headers, perhaps a body."""

    command: str
    answer: str


def examples(page: Path) -> Iterator[Example]:
    """The curl blocks of a page, each with the `http` block that must follow it."""
    blocks = _BLOCK.findall(page.read_text())
    for (language, text), (kind_below, below) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "sh" and "curl " in text:
            assert kind_below == "http", f"{page.name}: no answer is shown below\n{text}"
            yield Example(text, below)


def text_of(page: str) -> str:
    return (PROJECT / page).read_text()
