"""What goes wrong on request: at one node for whoever asks it, or on the transactions on their way to a leader."""

from dataclasses import dataclass, fields
from typing import Any

from local.solana.refusals import PARAMS, Refusal

MOST = 1_000_000


@dataclass(slots=True)
class Faults:
    """Each is a number of times that it still happens, if nothing else is said. Set by `test_faults`, by name."""

    drop: int = 0  # transactions that are accepted and never land
    late: int = 0  # transactions that land …
    late_slots: int = 10  # … so many slots later, if their blockhash still allows it
    busy: int = 0  # requests answered 429 …
    retry_after: int = 1  # … with this Retry-After, in seconds
    lose: int = 0  # sends that are taken, and whose answer never comes
    deny: int = 0  # questions about signatures that are answered as if nothing were known
    behind: int = 0  # slots that this node lags behind the others, for good
    silent: int = 0  # 1: the node takes requests and answers none, until this is 0 again

    def set(self, wanted: Any) -> None:
        """Raises Refusal for a name or a number that is none, and then changes nothing."""
        names = {field.name for field in fields(self)}
        if not isinstance(wanted, dict) or (unknown := sorted(wanted.keys() - names)):
            raise Refusal(PARAMS, f"Faults are {', '.join(sorted(names))}" + (f", not {unknown[0]}" if wanted else ""))
        for name, number in wanted.items():
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST:
                raise Refusal(PARAMS, f"{name} is a number from 0 to {MOST}.")
        for name, number in wanted.items():
            setattr(self, name, number)

    def happens(self, name: str) -> bool:
        """Whether it happens now; then once less in future."""
        left: int = getattr(self, name)
        setattr(self, name, max(left - 1, 0))
        return left > 0
