import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from chain.errors import ChainError
from demo import world
from demo.deployer import NoDevelopmentChainError
from local.anvil import CHAIN_ID


class Command(OneLineCommand):
    help = "Put the demo's contracts, wallets, rewards, pools, gallery and client on the development chain of CHAIN_RPC_URL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rpc-url", help="Instead of CHAIN_RPC_URL.")

    def handle(self, *_: Any, **options: Any) -> None:
        url = options["rpc_url"] or next(iter(settings.CHAIN_RPC_URL), "")
        if not url:
            raise bad_argument("No chain is configured: set CHAIN_RPC_URL or give --rpc-url.")
        try:
            made = world.build(url, settings.CHAIN_ID or CHAIN_ID)
        except NoDevelopmentChainError as error:
            raise bad_argument(str(NoDevelopmentChainError.__doc__)) from error
        except ChainError as error:
            raise CommandError(str(error)) from error
        password = secrets.token_urlsafe(9)
        world.staff(password)
        self.stdout.write(f"API key of client {made.client}: {world.new_key(made.client)}")
        self.stdout.write(f"Admin: user {world.STAFF}, password {password}")
        for row in (*made.groups, made.gallery):
            self.stdout.write(f"{row.name}: {row.pk}")
