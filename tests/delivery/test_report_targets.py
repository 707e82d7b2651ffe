"""delivery/report_targets.py: reports go only to those who want them."""

import pytest

from pillarbox.delivery.dmarc_rows import Tally
from pillarbox.delivery.report_targets import find
from pillarbox.mailauth import dmarc_record
from tests.fakes import FakeResolver

D = "d.example"


def agree(text="v=DMARC1"):
    return f'{D}._report._dmarc.r.example. TXT "{text}"\n'


CASES = [
    ("its own", "mailto:a@d.example", "", ["a@d.example"], ""),
    ("below it", "mailto:a@sub.d.example", "", ["a@sub.d.example"], ""),
    ("above it", "mailto:a@org.example", "", ["a@org.example"], ""),
    ("another", "mailto:a@r.example", "", [], "does not say that it wants them"),
    ("another that agrees", "mailto:a@r.example", agree(), ["a@r.example"], ""),
    ("agrees to all", "mailto:a@r.example", '*._report._dmarc.r.example. TXT "v=DMARC1;"\n',
     ["a@r.example"], ""),
    ("another record", "mailto:a@r.example", agree("v=spf1 -all"), [], "does not say"),
    ("instead", "mailto:a@r.example", agree("v=DMARC1; rua=mailto:b@r.example"),
     ["b@r.example"], ""),
    ("instead elsewhere", "mailto:a@r.example", agree("v=DMARC1; rua=mailto:b@x.example"),
     ["a@r.example"], ""),
    ("could not be asked", "mailto:a@r.example", f"$FAIL {D}._report._dmarc.r.example.", [],
     "could not be asked"),
    ("too small", "mailto:a@d.example!1k", "", [], "takes 1024 octets, the report has 2000"),
    ("large enough", "mailto:a@d.example!10m", "", ["a@d.example"], ""),
    ("https", "https://d.example/r", "", [], "only mailto:"),
    ("twice", "mailto:a@d.example,mailto:a@d.example", "", ["a@d.example"], ""),
    ("many", ",".join(f"mailto:a{n}@d.example" for n in range(7)), "",
     [f"a{n}@d.example" for n in range(5)], "more than 5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rua", "zone", "addresses", "why"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
async def test_targets(rua, zone, addresses, why):
    tally = Tally(D, dmarc_record.parse(f"v=DMARC1; p=none; rua={rua}"), "org.example")
    if "org" not in rua:
        tally.org = D
    found = await find(FakeResolver(zone), tally, 2000)
    assert list(found.addresses) == addresses
    assert why in " ".join(reason for _, reason in found.refused)
    assert bool(found.refused) is bool(why)
    assert found.later is ("could not be asked" in why)
