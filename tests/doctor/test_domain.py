import pytest

from pillarbox.doctor.finding import Severity
from pillarbox.mailauth.publish import quote_txt
from tests.doctor.zone import GOOD, check


def test_a_good_domain_has_nothing_to_mend():
    report = check(GOOD)
    assert [one.id for one in report.findings] == [
        "mx.ok", "spf.ok", "dkim.ok", "dmarc.ok",
        "dane.missing", "mta-sts.ok", "mta-sts.not-asked", "tls-rpt.ok", "dnssec.unsigned",
    ]  # fmt: skip
    assert report.worst is Severity.INFO


def test_a_domain_that_publishes_nothing():
    report = check("other.example. IN A 192.0.2.1\n", ())
    ids = {one.id for one in report.findings}
    assert ids >= {"mx.missing", "spf.missing", "dkim.none", "dmarc.missing"}
    assert report.worst is Severity.ERROR


def test_could_not_ask_is_not_missing():
    report = check("$FAIL example.org\n$FAIL _dmarc.example.org\n$FAIL s._domainkey.example.org\n"
                   "$FAIL _mta-sts.example.org\n$FAIL _smtp._tls.example.org\n")  # fmt: skip
    ids = {one.id for one in report.findings}
    assert ids == {"mx.unknown", "spf.unknown", "dkim.unknown", "dmarc.unknown", "tls.unknown"}
    assert report.worst is Severity.UNKNOWN


@pytest.mark.parametrize("text", [GOOD, "a.example. IN A 192.0.2.1\n"])
def test_words_never_promise(text):
    for one in check(text).findings:
        assert "safe" not in (one.text + one.why).lower()
        assert "trusted" not in (one.text + one.why).lower()


def includes(width, depth):
    """A record that includes `width` others, each as many again, `depth` deep."""
    lines = []
    names = ["example.org"]
    for level in range(depth):
        below = []
        for name in names:
            own = [f"n{number}.{level}.{name}"[:60] for number in range(width)]
            record = " ".join(["v=spf1", *(f"include:{n}" for n in own), "-all"])
            lines.append(f"{name}. IN TXT {quote_txt(record)}")
            below += own
        names = below[:40]
    return "\n".join(lines) + "\n"


def test_exponential_includes_end():
    report = check(includes(8, 4), ())
    (found,) = [one for one in report.findings if one.id == "spf.too-many-lookups"]
    assert "one too many" in found.text


def test_a_chain_without_end_ends():
    text = 'example.org. IN TXT "v=spf1 include:%{i}.x.example redirect=a.example.org"\n'
    report = check(text, ())
    assert {one.id for one in report.findings} >= {"spf.macro", "spf.include-without-record"}
