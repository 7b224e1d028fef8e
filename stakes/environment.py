"""Network, wallet and staking contract as the old staking processor's environment describes them.

What is there already stays as staff have it, and the difference is told; `update` makes it what the environment says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model

from chain.calls import ZERO_ADDRESS, Call, Signature, address, checksummed, decode
from chain.errors import ChainError
from chain.models import Network, Wallet
from chain.nodes import chain_id_of, node_for
from chain.signers import load
from chain.signing import key_sources
from chain.states import REAL_MONEY, Environment
from chain.steering import adopt
from stakes.models import StakingContract

RPC = "env:CHAIN_RPC_URL"  # the provider's key in it is never stored
SIGNER = "mnemonic:m/44'/60'/0'/0/0"  # nor is the phrase
NAME = "staking"
# Where users' signatures are checked: their messages name that contract, which the environment does not.
HELPER = Signature.parse("getMessageHelperAddress()")

Row = TypeVar("Row", bound=Model)


class SetupError(Exception):
    """The environment describes nothing that could work. The message is one line for people."""


@dataclass(slots=True)
class Setup:
    """One run. `lines` say what was made, what stays and what differs."""

    update: bool = False
    lines: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Raises SetupError; what was made before it stays, and a second run goes on from there."""
        _check()
        try:
            network = self._network()
            wallet = self._wallet(network)
            self._contract(wallet)
        except ChainError as error:
            raise SetupError(str(error)) from error
        except ValidationError as error:
            raise SetupError(" ".join(error.messages)) from error

    def _network(self) -> Network:
        staking, chain_id = settings.STAKING, chain_id_of(RPC)
        if settings.CHAIN_ID not in (None, chain_id):
            raise SetupError(f"CHAIN_ID is {settings.CHAIN_ID}, but the node of CHAIN_RPC_URL serves chain {chain_id}.")
        wanted = {"rpc_urls": RPC, "gas_ceiling": staking.max_fee, "confirmations": staking.confirmations}
        found = Network.objects.filter(chain_id=chain_id).first()
        if found is not None:
            return self._keep(found, wanted)
        environment = Environment.MAINNET if chain_id in REAL_MONEY else Environment.TESTNET
        return self._make(Network(name=_free(f"chain {chain_id}"), chain_id=chain_id, environment=environment, **wanted))

    def _wallet(self, network: Network) -> Wallet:
        staking = settings.STAKING
        key = load(SIGNER, key_sources(), development=network.is_development)
        wanted = {"minimum_balance": staking.minimum_balance, "alert_balance": staking.alert_balance}
        found = Wallet.objects.filter(network=network, address=key.address).first()
        if found is not None:
            return self._keep(found, wanted)
        wallet = self._make(Wallet(network=network, name=NAME, address=key.address, signer=SIGNER, **wanted))
        if nonce := adopt(wallet):
            self.lines.append(f"The {nonce} transactions that it has sent before are taken for somebody else's.")
        return wallet

    def _contract(self, wallet: Wallet) -> StakingContract:
        contract = address(settings.STAKING.address)
        node = node_for(wallet.network)
        if not node.code(contract):
            raise SetupError(f"There is no contract at STAKING_ADDRESS ({contract}) on chain {wallet.network.chain_id}.")
        found = StakingContract.objects.filter(contract=contract, wallet__network=wallet.network).first()
        if found is not None:
            return self._keep(found, {"wallet": wallet})
        checks = _helper(node, contract, wallet.address)
        return self._make(StakingContract(name=NAME, wallet=wallet, contract=contract, verifying_contract=checks))

    def _make(self, row: Row) -> Row:
        row.full_clean()
        row.save(force_insert=True)
        self.lines.append(f"made: {row._meta.verbose_name} {row}")
        return row

    def _keep(self, row: Row, wanted: dict[str, Any]) -> Row:
        differs = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if not differs:
            self.lines.append(f"there already: {row._meta.verbose_name} {row}")
        elif self.update:
            self._change(row, differs)
        else:
            self.lines += _told(row, differs)
        return row

    def _change(self, row: Model, differs: dict[str, Any]) -> None:
        for name, value in differs.items():
            setattr(row, name, value)
        row.full_clean()
        row.save(update_fields=list(differs))
        self.lines.append(f"updated: {row._meta.verbose_name} {row}: {', '.join(differs)}")


def _told(row: Model, differs: dict[str, Any]) -> Iterator[str]:
    for name, value in differs.items():
        yield (
            f"there already: {row._meta.verbose_name} {row}, whose {name} is {getattr(row, name)} and stays so; "
            f"the environment says {value} (--update sets it)"
        )


def _check() -> None:
    if not settings.STAKING.address:
        raise SetupError("STAKING_ADDRESS is not set.")
    if not settings.CHAIN_RPC_URL:
        raise SetupError("CHAIN_RPC_URL is not set.")
    if not settings.MNEMONIC:
        raise SetupError("PROCESSOR_MNEMONIC is not set.")


def _free(name: str) -> str:
    """A network's name has to be the only one."""
    return f"{name} (staking)" if Network.objects.filter(name=name).exists() else name


def _helper(node: Any, contract: str, sender: str) -> str:
    """The contract that checks the signatures, where the staking contract names another one; empty where it does so itself."""
    try:
        (helper,) = decode(("address",), node.call(Call(contract, HELPER.encode([])), sender))
    except (ChainError, ValueError):
        return ""
    return "" if helper.lower() == ZERO_ADDRESS else checksummed(helper)
