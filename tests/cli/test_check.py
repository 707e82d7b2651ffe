import json

import pytest

from tests.doctor.zone import GOOD, zone


@pytest.fixture
def check(bare, tmp_path):
    def run(text, *args, code=0):
        (tmp_path / "z.zone").write_text(text)
        return bare("check", "example.org", "--zone", "z.zone", *args, code=code).stdout

    return run


def test_the_shape(check):
    found = json.loads(check(GOOD, "--selector", "s", "--json"))
    assert found["worst"] == "info"
    assert found["domain"] == "example.org"
    assert found["spf_tree"] == ["mx   (look-up 1)", "-all"]
    keys = {"id", "severity", "record", "text", "why", "found", "publish"}
    assert all(set(one) == keys for one in found["findings"])


# lines left out, exit code
EXITS = [((), 0), (("v=spf1",), 1), (("rua=mailto:d",), 1), (("PTR",), 3)]


@pytest.mark.parametrize(("without", "code"), EXITS)
def test_exit_codes(check, without, code):
    check(zone(without=without), "--selector", "s", code=code)


def test_could_not_ask_exits_4(check):
    check(zone("$FAIL _smtp._tls.example.org", without=("_smtp._tls",)), "--selector", "s", code=4)


def test_words_for_people(check):
    told = check(zone('example.org. IN TXT "v=spf1 mx +all"', without=("v=spf1",)), code=1)
    assert "+all allows every server in the world." in told
    assert "publish: example.org TXT" in told
    assert "v=spf1 mx -all" in told
    assert told.strip().splitlines()[-1] == "example.org: 1 to mend."


def test_our_own_selectors_are_looked_at(shell):
    found = shell.json("check", "example.org", code=1)
    ids = [one["id"] for one in found["findings"]]
    assert ids.count("dkim.missing") == 2


def test_names_that_are_none(bare):
    bare("check", "exa mple", code=2)


def test_the_policy_file_is_fetched_unless_a_zone_is_given(shell):
    zone = (
        '_mta-sts.example.org. TXT "v=STSv1; id=1;"\n'
        "mta-sts.example.org. A 127.0.0.1\nexample.org. MX 10 mx.example.org.\n"
    )
    (shell.folder / "zone.txt").write_text(zone)
    # A port of this machine where nobody listens.
    with shell.file.open("a") as file:
        file.write("\n[outbound]\nhttps_port = 1\n")
    found = {f["id"]: f["text"] for f in shell.json("check", "example.org", code=1)["findings"]}
    assert "no connection to mta-sts.example.org [127.0.0.1]" in found["mta-sts.unreachable"]
    words = ("check", "example.org", "--zone", shell.folder / "zone.txt")
    told = {f["id"] for f in shell.json(*words, code=1)["findings"]}
    assert "mta-sts.not-asked" in told
    assert "mta-sts.unreachable" not in told
