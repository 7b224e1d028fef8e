from argparse import ArgumentParser
from typing import Any

from chain.commands import Command as OneLineCommand
from desk import lockout


class Command(OneLineCommand):
    help = "Let somebody log in again who has typed too many wrong passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *_: Any, **options: Any) -> None:
        number = lockout.unlock(options["username"])
        self.stdout.write(f"{options['username']}: {number} locks opened." if number else "There was nothing to unlock.")
