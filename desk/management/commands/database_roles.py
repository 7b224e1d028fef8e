from argparse import ArgumentParser
from typing import Any

from django.db import connection
from django.db.transaction import atomic

from chain.commands import Command as OneLineCommand
from desk import grants


class Command(OneLineCommand):
    help = (
        "The SQL that gives web process and worker a role each in the database, with no more rights than it needs. "
        "Run it as the owner of the tables, and again after each migration."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="Run it, in one transaction. Without: only print it.")
        parser.add_argument("--prefix", help="The roles are PREFIX_web and PREFIX_worker; the database's name unless given.")

    def handle(self, *_: Any, **options: Any) -> None:
        prefix = options["prefix"] or connection.settings_dict["NAME"]
        with atomic(), connection.cursor() as cursor:
            for statement in grants.statements(prefix):
                text = statement.as_string(cursor.connection)
                if options["apply"]:
                    cursor.execute(text)
                else:
                    self.stdout.write(f"{text};")
        if options["apply"]:
            self.stdout.write(f"Roles {prefix}_web and {prefix}_worker have their rights.")
            self.stdout.write(f"Make users of them: CREATE USER web_1 PASSWORD '…' IN ROLE {prefix}_web;")
