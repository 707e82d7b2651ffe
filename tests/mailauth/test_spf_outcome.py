"""mailauth/spf_outcome.py: the results are the words of Authentication-Results."""

from pillarbox.mailauth.spf_outcome import SpfResult


def test_rfc7208_section_2_6():
    assert [result.value for result in SpfResult] == [
        "none",
        "neutral",
        "pass",
        "fail",
        "softfail",
        "temperror",
        "permerror",
    ]
