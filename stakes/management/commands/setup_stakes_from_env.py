from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from stakes.environment import Setup, SetupError


class Command(OneLineCommand):
    help = (
        "Make network, wallet and staking contract from the old staking processor's variables (STAKING_ADDRESS, CHAIN_RPC_URL, "
        "PROCESSOR_MNEMONIC, …). What is there already stays. The phrase and the URL are not stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--update", action="store_true", help="Set what is there already to what the environment says.")
        parser.add_argument("--if-set", action="store_true", help="Do nothing where STAKING_ADDRESS is not set.")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["if_set"] and not settings.STAKING.address:
            return
        setup = Setup(update=options["update"])
        try:
            setup.run()
        except SetupError as error:
            raise bad_argument(str(error)) from error
        finally:
            for line in setup.lines:
                self.stdout.write(line)
