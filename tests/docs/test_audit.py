"""docs/audit.md has a row for each thing an audit may find, and for no other, and every rule has what looks at it."""

import re

from orders.audit.codes import CODES
from tests.docs.pages import text_of

_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
_RULE = re.compile(r"^\| (I\d) \|.*\| ([^|]+) \|$", re.MULTILINE)


def test_the_tables_name_exactly_the_codes_there_are() -> None:
    assert sorted(_ROW.findall(text_of("docs/audit.md"))) == sorted(code for code, _ in CODES)


def test_each_rule_names_a_code_that_there_is() -> None:
    rules = dict(_RULE.findall(text_of("docs/audit.md")))
    assert list(rules) == [f"I{number}" for number in range(1, 10)]
    named = {word for looked_at_by in rules.values() for word in re.findall(r"`(\w+)`", looked_at_by)}
    assert named <= {code for code, _ in CODES}
