"""What all commands share: how they refuse bad arguments, and how they find a wallet."""

import sys
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from chain.models import Wallet


class Command(BaseCommand):
    """A command that answers bad arguments with one line on stderr and exit code 2."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # So told, Django's parser raises CommandError and does not print the whole usage.
        self._called_from_command_line = False
        return super().create_parser(prog_name, subcommand, **kwargs)

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except CommandError as error:  # from the parser; Django itself reports those of `handle`
            self.stderr.write(str(error))
            sys.exit(2)


def bad_argument(message: str) -> CommandError:
    """To raise: ends the command with this line and exit code 2."""
    return CommandError(message, returncode=2)


def find_wallet(text: str) -> Wallet:
    """The wallet with this name, address or id. Raises CommandError when there is none, or more than one."""
    named = Q(name=text) | Q(address__iexact=text)
    with suppress(ValueError):
        named |= Q(pk=UUID(text))
    found = list(Wallet.objects.select_related("network").filter(named)[:2])
    if not found:
        raise bad_argument(f"No wallet has the name, address or id {text}.")
    if len(found) > 1:
        raise bad_argument(f"Several wallets are called {text}; name one by its address or id.")
    return found[0]
