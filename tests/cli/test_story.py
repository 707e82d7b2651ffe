from pillarbox.cli import story
from pillarbox.trace.step import Step, Trace


def trace(**fields):
    steps = [
        Step(key="claimed.hop", at=0.0, params={"by": "mx.far.example"}, claimed=True),
        Step(key="dkim.none", at=0.0, rfc="RFC 6376 §6.1", evidence={"looked": "for\x1b[2J it"}),
    ]
    return Trace(id="x", direction="in", started_at=0.0, steps=steps, **fields)


def test_what_others_claim_is_marked(capsys):
    story.show(trace(sender="a@b.example", recipients=["c@d.example"]), 0)
    out = capsys.readouterr().out
    assert "a@b.example → c@d.example" in out
    assert "By others' account: It passed" in out
    assert "evidence" not in out


def test_levels(capsys):
    story.show(trace(), 1)
    assert "The message carries no DKIM-Signature field." in capsys.readouterr().out
    story.show(trace(), 2)
    out = capsys.readouterr().out
    assert "rule: RFC 6376 §6.1" in out
    assert "\x1b" not in out


def test_long_sentences_are_folded_under_their_number(capsys):
    names = [f"recipient{number}@example.org" for number in range(9)]
    one = Step(key="envelope", at=0.0, params={"recipients": names})
    story.show(Trace(id="x", direction="in", started_at=0.0, steps=[one]), 0)
    lines = capsys.readouterr().out.splitlines()[1:]
    lines = [line for line in lines if "recipient" in line]
    assert lines[0].startswith("  1. It came for")
    assert all(line.startswith("     r") for line in lines[1:])
    assert max(map(len, lines)) <= 100


def test_a_trace_without_steps(capsys):
    story.show(Trace(id="x", direction="out", started_at=0.0), 2)
    assert "<> → ?" in capsys.readouterr().out
