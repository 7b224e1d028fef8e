import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from rich.console import Console
from rich.table import Table

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument, find_wallet
from chain.errors import ChainError
from chain.models import Network, Wallet
from chain.nodes import node_for
from chain.shown import coins
from chain.signers import SignerError, create_keystore, load
from chain.signing import key_sources
from chain.states import Family
from chain.steering import adopt
from look.forms import ScaledField
from look.values import decimal_text


@dataclass(frozen=True, slots=True)
class State:
    """A wallet as the chain sees it beside what we think. Nonces count transactions, on Solana only ours has one; balances in
    wei or lamports.
    """

    name: str
    address: str
    network: str
    family: str
    status: str
    waiting: str
    chain_nonce: int | None
    our_nonce: int | None
    in_flight: int
    balance: int | None
    minimum_balance: int | None
    alert_balance: int | None
    sponsor: str  # who sends and pays for what it signs; empty where it pays for itself
    problem: str


class Command(OneLineCommand):
    help = "Create keys, add wallets, and compare wallets with the chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="create | add | limits | list | show")
        create = commands.add_parser(
            "create", help="Make a new key, as keystore v3 or as Solana's keypair; prints its address."
        )
        create.add_argument("name")
        create.add_argument("--keystore", metavar="FILE", help="Its file in KEYSTORE_DIR; NAME.json unless given.")
        create.add_argument("--network", help="Also add the wallet to this network, which then decides what kind of key it is.")
        create.add_argument("--solana", action="store_true", help="A keypair for Solana; not encrypted, so guard the file.")
        add = commands.add_parser("add", help="Tell Claimdesk of a wallet whose key exists.")
        add.add_argument("network")
        add.add_argument("name")
        add.add_argument(
            "signer",
            help="keystore:FILE.json or mnemonic:PATH, on Solana keypair:FILE.json, on development networks also env:NAME",
        )
        limits = commands.add_parser("limits", help="How much coin it must have; `none` takes a limit away.")
        limits.add_argument("wallet", metavar="NAME|ADDRESS|ID")
        limits.add_argument("--minimum", metavar="COIN", help="With less it signs nothing new, such as 0.5.")
        limits.add_argument("--alert", metavar="COIN", help="With less the monitor is red; not below the minimum.")
        for each in (commands.add_parser("list", help="All wallets."), commands.add_parser("show", help="One wallet.")):
            each.add_argument("--json", action="store_true", help="One JSON object a line.")
        commands.choices["show"].add_argument("wallet", metavar="NAME|ADDRESS|ID")

    def handle(self, *_: Any, **options: Any) -> None:
        match options["command"]:
            case "create":
                network = _network(options["network"]) if options["network"] else None
                family = Family(network.family) if network else Family.SOLANA if options["solana"] else Family.EVM
                self._create(options["name"], options["keystore"] or f"{options['name']}.json", network, family)
            case "add":
                self._add(_network(options["network"]), options["name"], options["signer"])
            case "limits":
                self._limits(find_wallet(options["wallet"]), minimum_balance=options["minimum"], alert_balance=options["alert"])
            case "list":
                self._show(
                    [state_of(wallet) for wallet in Wallet.objects.select_related("network", "sponsor")],
                    as_json=options["json"],
                )
            case "show":
                self._show([state_of(find_wallet(options["wallet"]))], as_json=options["json"])

    def _create(self, name: str, file: str, network: Network | None, family: Family) -> None:
        if Path(file).name != file or not file.endswith(".json"):
            raise bad_argument("A keystore is a .json file inside KEYSTORE_DIR, without folders.")
        settings.KEYSTORE_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            address, signer = _new_key(settings.KEYSTORE_DIR / file, family)
        except SignerError as error:
            raise bad_argument(str(error)) from error
        self.stdout.write(f"{address}  {signer}")
        if network is not None:
            self._add(network, name, signer)

    def _add(self, network: Network, name: str, signer: str) -> None:
        try:
            wallet = Wallet(network=network, name=name, address=_address(signer, network), signer=signer)
            wallet.full_clean()
        except SignerError as error:
            raise bad_argument(str(error)) from error
        except ValidationError as error:
            raise bad_argument(" ".join(error.messages)) from error
        wallet.save()
        self.stdout.write(f"Wallet {name} is {wallet.address} on {network}. {_past(wallet)}")

    def _limits(self, wallet: Wallet, **given: str | None) -> None:
        for column, text in given.items():
            if text is not None:
                setattr(wallet, column, _smallest(text, wallet.network))
        try:
            wallet.clean()
        except ValidationError as error:
            raise bad_argument(" ".join(error.messages)) from error
        wallet.save(update_fields=list(given))
        minimum, alert = (_coins(each, wallet.network) for each in (wallet.minimum_balance, wallet.alert_balance))
        self.stdout.write(f"Wallet {wallet.name}: minimum balance {minimum}, alert balance {alert}.")

    def _show(self, states: list[State], *, as_json: bool) -> None:
        if as_json:
            for state in states:
                self.stdout.write(json.dumps(asdict(state)))
            return
        table = Table(
            "wallet",
            "address",
            "network",
            "status",
            "nonce",
            "our next",
            "in flight",
            "balance",
            "minimum",
            "alert",
            "sponsor",
            box=None,
        )
        for state in states:
            table.add_row(*map(str, _row(state)))
        console = Console(width=None if self.stdout.isatty() else 180)
        with console.capture() as drawn:
            console.print(table)
        self.stdout.write(drawn.get())


def state_of(wallet: Wallet) -> State:
    """Ask the chain about one wallet; a node that does not answer is told as the problem."""
    nonce = balance = None
    problem = ""
    try:
        nonce, balance = _seen(wallet)
    except ChainError as error:
        problem = str(error)
    in_flight = wallet.transactions.unmined().count()
    return State(
        wallet.name, wallet.address, wallet.network.name, wallet.network.family, wallet.status, wallet.waiting,
        nonce, wallet.next_nonce, in_flight, balance, wallet.minimum_balance, wallet.alert_balance,
        wallet.sponsor.name if wallet.sponsor else "", problem,
    )  # fmt: skip


def _seen(wallet: Wallet) -> tuple[int | None, int]:
    """The address's nonce and balance on the chain; Solana has no nonces. Raises ChainError."""
    if not wallet.network.is_solana:
        snapshot = node_for(wallet.network).snapshot(wallet.address, finalized_tag=False)
        return snapshot.nonce, snapshot.balance
    from chain.solana.cluster import cluster_for  # noqa: PLC0415 - solders takes 14 MB, and only Solana needs it
    from chain.solana.rpc import Commitment  # noqa: PLC0415 - as above

    return None, cluster_for(wallet.network).ask(lambda node: node.balance(wallet.address, Commitment.CONFIRMED))


def _new_key(file: Path, family: Family) -> tuple[str, str]:
    """The address of a new key, and its reference. Raises SignerError."""
    if family == Family.EVM:
        return create_keystore(file, _password()), f"keystore:{file.name}"
    from chain.solana.keys import create_keypair  # noqa: PLC0415 - as above

    return create_keypair(file), f"keypair:{file.name}"


def _address(signer: str, network: Network) -> str:
    """Of the key that this reference names. Raises SignerError."""
    if not network.is_solana:
        return load(signer, key_sources(), development=network.is_development).address
    from chain.solana import keys  # noqa: PLC0415 - as above

    return keys.load(signer, key_sources(), development=network.is_development).address


def _past(wallet: Wallet) -> str:
    if wallet.network.is_solana:
        adopt(wallet)
        return "Its transactions are counted from here on."
    try:
        nonce = adopt(wallet)
    except ChainError as error:
        return f"It begins at nonce 0, for the chain could not be asked: {error}"
    return f"The {nonce} transactions that it has sent before are taken for somebody else's." if nonce else "It is unused."


def _row(state: State) -> tuple[object, ...]:
    status = f"{state.status}, waits: {state.waiting}" if state.waiting else state.status
    decimals = 9 if state.family == Family.SOLANA else 18
    nonce = "-" if state.chain_nonce is None else state.chain_nonce
    chain = ("?", state.problem) if state.problem else (nonce, f"{(state.balance or 0) / 10**decimals:.6f}")
    ours = "not used yet" if state.our_nonce is None else state.our_nonce
    levels = ("-" if wei is None else decimal_text(wei, decimals) for wei in (state.minimum_balance, state.alert_balance))
    return (
        state.name,
        state.address,
        state.network,
        status,
        chain[0],
        ours,
        state.in_flight,
        chain[1],
        *levels,
        state.sponsor or "-",
    )


def _smallest(text: str, network: Network) -> int | None:
    """What somebody wrote in coin, in wei or lamports; None for `none`. Raises CommandError."""
    try:
        return None if text == "none" else ScaledField(network.decimals).clean(text)
    except ValidationError as error:
        raise bad_argument(f"{text} is no amount of coin: {' '.join(error.messages)}") from error


def _coins(wei: int | None, network: Network) -> str:
    return "none" if wei is None else coins(network, wei)


def _network(name: str) -> Network:
    found = Network.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Network.objects.values_list("name", flat=True)) or "none yet"
        raise bad_argument(f"There is no network {name}; known: {known}.")
    return found


def _password() -> str:
    """What stands in the password file. Raises CommandError when there is none."""
    file = settings.KEYSTORE_PASSWORD_FILE
    if not file:
        raise bad_argument("KEYSTORE_PASSWORD_FILE is not set: it names the file whose text encrypts keystores.")
    try:
        return Path(file).read_text().rstrip("\r\n")
    except OSError as error:
        raise bad_argument(f"The password file {file} cannot be read: {error.strerror}.") from error
