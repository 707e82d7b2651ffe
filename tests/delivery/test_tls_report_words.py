"""delivery/tls_report_words.py: what a report means, in words."""

import pytest

from pillarbox.delivery import tls_report_words
from pillarbox.mailauth.tls_report import Failure, PolicyResult, TlsReport
from tests.mailauth.test_tls_report import BEGIN, END, REPORT


def test_summary():
    words = tls_report_words.summary(REPORT)
    assert words.startswith("Sender Ltd reached the servers of example.org 15 times; 3 times")
    fine = TlsReport("", "", "1", BEGIN, END, (PolicyResult("sts", "example.org", succeeded=2),))
    assert "2 times, always" in tls_report_words.summary(fine)


def test_failures_by_count():
    told = tls_report_words.failures(REPORT)
    assert [(one.count, one.policy) for one in told] == [(2, "MTA-STS"), (1, "MTA-STS")]
    assert told[0].words == "the certificate has expired: renew it"


@pytest.mark.parametrize("result", [*tls_report_words._MEANINGS, "something-new", ""])
def test_each_result_has_words(result):
    policy = PolicyResult("tlsa", "example.org", failures=(Failure(result, 1),))
    (told,) = tls_report_words.failures(TlsReport("", "", "1", BEGIN, END, (policy,)))
    assert told.words
    assert told.policy == "DANE"
