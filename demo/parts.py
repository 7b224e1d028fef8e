"""What the parts of the demo's world are made with."""

from typing import TypeVar

from claims.models import Reward
from mints.models import Collection, Press
from stakes.models import StakingContract
from withdrawals.models import Pool

Group = Reward | Pool | StakingContract | Collection
_Made = TypeVar("_Made", Reward, Pool, StakingContract, Press)


def saved(made: _Made) -> _Made:
    """Stored the way the admin stores it, so that the demo's configuration is one that staff could enter."""
    made.full_clean()
    made.save()
    return made
