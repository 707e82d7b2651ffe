"""imap/problem.py."""

from pillarbox.imap.problem import SyntaxProblem


def test_words_are_one_printable_line():
    assert str(SyntaxProblem(7, "a space")) == "At octet 7: expected a space"
    shown = str(SyntaxProblem(7, "an atom", b"\r\n\x00\xe9(x" * 9))
    assert shown == "At octet 7: expected an atom, found ????(x????(x????(x??"
    assert str(SyntaxProblem(1, "an atom", b" ")) == "At octet 1: expected an atom, found a space"
