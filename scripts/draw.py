#!/usr/bin/env python3
"""Draws the two pictures of the documentation, `docs/img/*.svg`. `--check` compares instead, and exits 1 when they differ.

Plain shapes with a style sheet that follows the reader's light or dark mode; no fonts or files from elsewhere.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

IMAGES = Path(__file__).parent.parent / "docs" / "img"
LINE = 19  # pixels from one line of text to the next

STYLE = """
.page { fill: #ffffff; } .box { fill: #f6f8fa; stroke: #8c959f; } .core { fill: #ddf4ff; stroke: #0969da; }
.key { fill: #fff8c5; stroke: #9a6700; } .soft { stroke-dasharray: 5 4; }
text { fill: #1f2328; font: 14px system-ui, sans-serif; } .dim { fill: #59636e; font-size: 13px; }
.title { font-weight: 600; } .code { font-family: ui-monospace, monospace; font-weight: 600; }
.arrow { stroke: #59636e; fill: none; stroke-width: 1.5; } .tip { fill: #59636e; }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117; } .box { fill: #161b22; stroke: #6e7681; } .core { fill: #0c2d6b; stroke: #58a6ff; }
  .key { fill: #3b2e00; stroke: #d29922; } text { fill: #e6edf3; } .dim { fill: #9198a1; }
  .arrow { stroke: #9198a1; } .tip { fill: #9198a1; }
}
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a title and lines below it; x, y, width and height in pixels."""

    x: int
    y: int
    width: int
    height: int
    title: str
    lines: tuple[str, ...] = ()
    look: str = "box"
    title_look: str = "title"

    def svg(self) -> str:
        shape = f'<rect class="{self.look}" x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="8"/>'
        below = (text(self.x + 14, self.y + 25 + LINE * i, line, "dim") for i, line in enumerate(self.lines, start=1))
        return "\n".join([shape, text(self.x + 14, self.y + 25, self.title, self.title_look), *below])


@dataclass(frozen=True, slots=True)
class Arrow:
    """A straight line with a tip at its end, or at both, and words at a place of their own."""

    x1: int
    y1: int
    x2: int
    y2: int
    words: str = ""
    words_at: tuple[int, int] = (0, 0)
    both: bool = False

    def svg(self) -> str:
        tips = 'marker-end="url(#tip)"' + (' marker-start="url(#tip)"' if self.both else "")
        line = f'<path class="arrow" d="M{self.x1} {self.y1} L{self.x2} {self.y2}" {tips}/>'
        return "\n".join([line, text(*self.words_at, self.words, "dim")] if self.words else [line])


def text(x: int, y: int, words: str, look: str) -> str:
    return f'<text class="{look}" x="{x}" y="{y}">{escape(words)}</text>'


def picture(width: int, height: int, title: str, parts: Iterable[Box | Arrow]) -> str:
    drawn = "\n".join(part.svg() for part in parts)
    marker = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path class="tip" d="M0 0 L10 5 L0 10 z"/></marker></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n{marker}\n"
        f'<rect class="page" width="{width}" height="{height}" rx="10"/>\n{drawn}\n</svg>\n'
    )


# -- the architecture --------------------------------------------------------------------------------------------------

ARCHITECTURE: list[Box | Arrow] = [
    Box(20, 30, 180, 84, "Your systems", ("POST an order,", "read what became of it")),
    Box(20, 200, 180, 84, "Your staff", ("why does it wait;", "retry, cancel, hold")),
    Box(
        270,
        30,
        220,
        254,
        "Web process",
        (
            "gunicorn",
            "",
            "REST  /api/v1/",
            "admin  /admin/",
            "health  /readyz",
            "",
            "stores orders",
            "needs no keys, sends nothing",
        ),
    ),
    Box(
        560,
        30,
        230,
        174,
        "PostgreSQL",
        (
            "the queue and the truth",
            "",
            "orders and their history",
            "transactions, signed bytes",
            "one lock for each wallet",
            "NOTIFY wakes the lanes",
        ),
        "core",
    ),
    Box(560, 224, 230, 60, "Redis, optional", ("task broker, request counts",), "box soft"),
    Box(
        560,
        330,
        230,
        146,
        "Workers, any number",
        (
            "django-q2: manage.py work",
            "",
            "pulse: which wallets have work",
            "tick: one wallet, one lane",
            "signs and sends; has the keys",
        ),
        "key",
    ),
    Box(270, 362, 220, 84, "Nodes of a network", ("JSON-RPC, several URLs", "with fail-over")),
    Box(20, 362, 180, 84, "The chain", ("your contracts; receipts", "settle the orders")),
    Arrow(200, 72, 268, 72),
    Arrow(200, 242, 268, 242),
    Arrow(490, 115, 558, 115, both=True),
    Arrow(490, 254, 558, 254),
    Arrow(675, 284, 675, 328),
    Arrow(820, 400, 792, 400),
    Arrow(558, 404, 492, 404, both=True),
    Arrow(268, 404, 202, 404, both=True),
]
# PostgreSQL to the workers, round Redis.
AROUND = '<path class="arrow" d="M792 117 L820 117 L820 400" marker-start="url(#tip)"/>'

# -- the way of an order -----------------------------------------------------------------------------------------------

WAY = [
    ("RewardClaim.post", "claims/views.py", "reads the request, asks for one order", "web"),
    ("accept", "orders/intake.py", "COMMIT: order, details, history line; NOTIFY", "web"),
    ("tick", "orders/worker/runner.py", "opens the wallet's lane: one holder, with a lock and a fence", "worker"),
    ("take_turn", "orders/turn.py", "recover, observe, settle, replace, submit", "worker"),
    ("make_plan", "orders/plan.py", "simulates all calls in one request, sets bad orders aside", "worker"),
    ("carry_out", "orders/turn.py", "signs. COMMIT: bytes, hash, nonce, orders bound", "worker"),
    ("Lane.send", "chain/lane.py", "only now a node sees the bytes", "worker"),
    ("settle", "orders/settle.py", "receipt is final. COMMIT: each order by its own event", "worker"),
]
LOOKS = {"web": "box", "worker": "key"}


def way() -> list[Box | Arrow]:
    boxes = [
        Box(
            20,
            20 + 84 * i,
            560,
            60,
            f"{i + 1}  {name}",
            (f"{what}  ·  {file}",),
            "core" if "COMMIT" in what else LOOKS[where],
            "code",
        )
        for i, (name, file, what, where) in enumerate(WAY)
    ]
    steps = [Arrow(300, 80 + 84 * i, 300, 102 + 84 * i) for i in range(len(WAY) - 1)]
    notes = [
        Box(610, 20, 230, 144, "Web process", ("202 with the order:", "it is safe from here on")),
        Box(
            610,
            188,
            230,
            480,
            "A worker",
            (
                "on any host; no message",
                "carries data, so a lost or",
                "doubled one changes nothing",
                "",
                "killed anywhere: the next",
                "lane reads the tables and",
                "goes on from the last",
                "COMMIT, with the same bytes",
            ),
            "key",
        ),
    ]
    return [*boxes, *steps, *notes]


def pictures() -> dict[str, str]:
    architecture = picture(850, 506, "How Claimdesk is built", ARCHITECTURE).replace("</svg>", f"{AROUND}\n</svg>")
    return {
        "architecture.svg": architecture,
        "way_of_an_order.svg": picture(860, 690, "The way of an order, in eight functions", way()),
    }


def main(*, check: bool) -> int:
    """Write the pictures, or compare them; the exit code."""
    stale = []
    for name, drawn in pictures().items():
        file = IMAGES / name
        if check and not (file.exists() and file.read_text() == drawn):
            stale.append(name)
        elif not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(drawn)
    if stale:
        sys.stderr.write(f"stale, run scripts/draw.py: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
