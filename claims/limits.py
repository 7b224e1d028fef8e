from typing import Any


def give_back(claims: Any) -> None: ...
