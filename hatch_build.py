"""The wheel's build hook: the webmail is built before it is packed, or installed for editing."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebmailHook(BuildHookInterface):  # type: ignore[type-arg]
    """Calls tools/build_webmail.py."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the webmail unless it is current."""
        sys.path.insert(0, str(Path(self.root) / "tools"))
        import build_webmail  # noqa: PLC0415 - found only now

        build_webmail.build()
        build_data["artifacts"].append("src/pillarbox/web/**")
