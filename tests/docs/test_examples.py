"""Every curl command in the documentation, run as it stands there, answers as it says there."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import PAGES, Example, examples

WITH_EXAMPLES = [page for page in PAGES if "```sh\ncurl " in page.read_text()]


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_the_examples_of_a_page_answer_as_the_page_says(page: Path, shell: dict[str, str]) -> None:
    for example in examples(page):
        head, body = run(example, shell)
        wanted_head, _, wanted_body = example.answer.partition("\n\n")
        assert head[0] == wanted_head.splitlines()[0], f"{example.command}\n{body}"
        assert set(wanted_head.splitlines()) <= set(head)
        assert not wanted_body or shows(json.loads(wanted_body), json.loads(body)), f"{example.command}\n{body}"


def run(example: Example, shell: dict[str, str]) -> tuple[list[str], str]:
    """Status line and headers, and the body. The id of an order becomes `$ORDER` for the examples that follow; likewise
    `$COLLECTION` and `$JOB`.
    """
    environment = {**os.environ, **shell, "no_proxy": "*"}
    ran = subprocess.run(["sh", "-c", example.command], env=environment, capture_output=True, text=True, timeout=30, check=True)
    head, _, body = ran.stdout.replace("\r\n", "\n").partition("\n\n")
    if head.startswith("HTTP/1.1 202") and "id" in json.loads(body):
        shell[_name(head)] = json.loads(body)["id"]
    return head.splitlines(), body


def _name(head: str) -> str:
    """By the address that was answered."""
    found = re.search(r"^Location: .*/(collections|jobs)/", head, re.MULTILINE)
    return {"collections": "COLLECTION", "jobs": "JOB"}[found[1]] if found else "ORDER"


def shows(wanted: Any, got: Any) -> bool:
    """Whether what a page shows is there. A page may leave members of an object out, and says "…" for what varies."""
    match wanted:
        case "…":
            return got is not None
        case dict():
            return isinstance(got, dict) and all(name in got and shows(value, got[name]) for name, value in wanted.items())
        case list():
            return isinstance(got, list) and len(got) == len(wanted) and all(map(shows, wanted, got))
    return bool(wanted == got)
