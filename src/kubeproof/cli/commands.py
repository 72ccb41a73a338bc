"""What every command needs to declare itself."""

import argparse
from typing import Protocol


class Commands(Protocol):
    """The part of argparse's subparsers that commands use."""

    def add_parser(
        self,
        name: str,
        *,
        help: str,
        description: str,
        usage: str | None = None,
        conflict_handler: str = "error",
    ) -> argparse.ArgumentParser:
        """Declare a command."""
        ...
