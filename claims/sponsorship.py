"""What a reward's page says of its sponsor, and whether that works: the chain is asked as the page is opened."""

from chain import forwarding
from chain.errors import ChainError
from chain.nodes import node_for
from claims.models import Reward

UNKNOWN = "Whether its contract trusts their forwarder could not be asked now."


def distrusted(reward: Reward) -> bool | None:
    """Whether nothing of it can be sent, for its contract does not trust the forwarder; None where no node tells."""
    if reward.network.rests_until is not None:
        return None
    try:
        return not forwarding.trusts(node_for(reward.network), reward.network, reward.contract)
    except ChainError:
        return None


def sentence(reward: Reward) -> tuple[str, bool]:
    """For people, who signs its claims and who pays, empty where that is one wallet; and whether it works, as far as known."""
    if reward.wallet is None or reward.sender == reward.wallet:
        return "", True
    said = f"Wallet {reward.wallet} signs its claims, wallet {reward.sender} sends them and pays."
    if not reward.network.forwarder:
        return f"{said} But network {reward.network} has no forwarder, so they wait.", False
    match distrusted(reward):
        case None:
            return f"{said} {UNKNOWN}", True
        case True:
            return f"{said} But its contract does not trust the forwarder {reward.network.forwarder}, so they wait.", False
    return f"{said} Its contract trusts their forwarder.", True
