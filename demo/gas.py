"""Making gas dear on the development chain, and keeping it so."""

import threading
from types import TracebackType
from typing import Self

from local.anvil import Anvil

DEAR = 80 * 10**9  # wei per gas; over the demo network's ceiling of 50 gwei
CHEAP = 10**7  # as before, so that what was signed then is good again
EVERY = 0.25  # seconds; the base fee falls by an eighth with each empty block (EIP-1559)


class DearGas:
    """While this is entered, the next block's base fee is DEAR; afterwards CHEAP."""

    def __init__(self, chain: Anvil) -> None:
        self._chain = chain
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, daemon=True)

    def _keep_up(self) -> None:
        while not self._over.wait(EVERY):
            self._set(DEAR)

    def _set(self, wei: int) -> None:
        self._chain.request("anvil_setNextBlockBaseFeePerGas", hex(wei))

    def __enter__(self) -> Self:
        self._set(DEAR)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._set(CHEAP)
