import contextlib
import datetime as dt

import pytest
from click import BadParameter
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.cli import values

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

GOOD = [
    (values.domain, "Example.ORG.", "example.org"),
    (values.domain, "bücher.example", "xn--bcher-kva.example"),
    (values.address, "Anna@Example.org", "Anna@example.org"),
    (values.address, "anna@bücher.example", "anna@xn--bcher-kva.example"),
    (values.size, "0", 0),
    (values.size, "500M", 500 * 2**20),
    (values.size, "2 GiB", 2 * 2**30),
    (values.ip, "2001:0DB8::0001", "2001:db8::1"),
    (values.when, "90m", dt.timedelta(minutes=90)),
    (values.when, "2026-02-01", dt.datetime(2026, 2, 1, tzinfo=dt.UTC)),
    (values.when, "2026-02-01T10:00+02:00", dt.datetime(2026, 2, 1, 8, tzinfo=dt.UTC)),
]
BAD = [
    (values.domain, "-x.example"),
    (values.domain, "a b"),
    (values.domain, ""),
    (values.address, "anna"),
    (values.address, "anna@[192.0.2.1]"),
    (values.size, "-1"),
    (values.size, "much"),
    (values.size, "999999999999999T"),
    (values.ip, "192.0.2.256"),
    (values.when, "yesterday"),
]


@pytest.mark.parametrize(("read", "text", "value"), GOOD)
def test_good(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), BAD)
def test_bad(read, text):
    with pytest.raises(BadParameter):
        read(text)


@given(
    st.sampled_from([values.domain, values.address, values.size, values.ip, values.when]),
    st.text(),
)
def test_any_text_gives_a_value_or_a_usage_error(read, text):
    with contextlib.suppress(BadParameter):
        assert read(text) is not None


def test_moment_of():
    assert values.moment_of(None, NOW) is None
    assert values.moment_of(NOW, NOW) == NOW
    assert values.moment_of(dt.timedelta(hours=1), NOW) == NOW - dt.timedelta(hours=1)
    assert values.moment_of(values.when("999999w"), NOW) is None
