import asyncio

from pillarbox.dns.zone import Zones
from pillarbox.doctor.spf_tree import Walk, lines
from tests.doctor.zone import Clock

ZONE = """
example.org. IN TXT "v=spf1 a include:one.example ip4:192.0.2.1 redirect=two.example"
example.org. IN A 192.0.2.9
one.example. IN TXT "v=spf1 mx:none.example exists:%{i}.example -all"
two.example. IN TXT "v=spf1 include:example.org -all"
"""


def test_the_tree_in_lines():
    walk = Walk(Zones(ZONE, Clock()))
    tree = asyncio.run(walk.read("example.org"))
    assert lines(tree) == [
        "a   (look-up 1)",
        "include:one.example   (look-up 2)",
        "  mx:none.example   (look-up 3, finds nothing)",
        "  exists:%{i}.example   (look-up 4, depends on the message)",
        "  -all",
        "ip4:192.0.2.1",
        "redirect=two.example   (look-up 5)",
        "  include:example.org   (look-up 6, leads back to example.org)",
        "  -all",
    ]
    assert (walk.lookups, walk.voids) == (6, 1)
