"""The corpus of attacks in `attacks/`, and what tells that one of them got through."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "attacks"
TRACKER = "tracker.test"


@dataclass(frozen=True)
class Attack:
    """name: file and title. click: "" or how `#go` has to be clicked.

    frame: what it does is beyond the frame's own policy: the page around it has to prevent it.
    top: without walls the whole window goes elsewhere.
    """

    name: str
    template: str
    click: str
    frame: bool
    top: bool

    @property
    def slug(self):
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())

    def markup(self, port):
        """Return the HTML. port: of the tracker."""
        bare = f"//{TRACKER}:{port}/leak/{self.slug}"
        values = {
            "{RUN}": f"console.log(`LEAK {self.slug}`)",
            "{LOAD}": f"http:{bare}",
            "{BARE}": bare,
            "{DEEP}": "<div>" * 600,
            "{FF}": "\f",
        }
        text = self.template
        for name, value in values.items():
            text = text.replace(name, value)
        return text


def attacks():
    found = []
    for path in sorted(FOLDER.glob("*.html")):
        for block in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            title, _, template = block.partition("\n")
            words = title.split()
            click = next((word[1:] for word in words if word in {"@click", "@middle"}), "")
            name = " ".join(word for word in words if word[0] not in "@~")
            found.append(
                Attack(f"{path.stem}: {name}", template, click, "~frame" in words, "~top" in words)
            )
    return found
