"""A second URL of a model chain: one more node, which may lag behind or stay on a branch by itself."""

from types import TracebackType
from typing import Any, Self

from tests.chain.rpc_server import RpcServer
from tests.model_chain import METHODS, Block, ModelChain


class Window:
    """Answers as the chain does, except for its own `lag` in blocks, the branch it was frozen on, and its server's faults."""

    def __init__(self, chain: ModelChain) -> None:
        self.chain = chain
        self.lag = 0
        self.server = RpcServer()
        self._branch: list[Block] | None = None
        self.server.script |= {method: self._answering(name) for method, name in METHODS.items()}

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self.server.url

    def freeze(self) -> None:
        """Stay on the blocks of now, whatever the chain does."""
        self._branch = list(self.chain._blocks)

    def _answering(self, name: str) -> Any:
        def answer(params: list[Any]) -> Any:
            chain = self.chain
            kept = chain._blocks, chain._lag
            chain._blocks, chain._lag = self._branch or chain._blocks, self.lag
            try:
                return getattr(chain, f"answer_{name}")(params)
            finally:
                chain._blocks, chain._lag = kept

        return answer
