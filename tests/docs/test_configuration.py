"""docs/configuration.md has a row for each variable that is read, and for no other."""

import re

from tests.docs.pages import PROJECT, text_of

READERS = [PROJECT / "gunicorn.conf.py", *PROJECT.glob("config/*.py"), *PROJECT.glob("local/*.py")]
DJANGOS_OWN = {"DJANGO_SETTINGS_MODULE"}
_READ = re.compile(r"""(?:\benv\.\w+|\benv|environ\.get|environ\.setdefault)\(\s*["']([A-Z][A-Z0-9_]+)["']""")
_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \|", re.MULTILINE)


def test_the_table_names_exactly_the_variables_that_are_read() -> None:
    read = {name for file in READERS for name in _READ.findall(file.read_text())}
    assert set(_ROW.findall(text_of("docs/configuration.md"))) == read - DJANGOS_OWN


def test_the_readme_names_no_variable_that_the_table_lacks() -> None:
    assert set(_ROW.findall(text_of("README.md"))) <= set(_ROW.findall(text_of("docs/configuration.md")))
