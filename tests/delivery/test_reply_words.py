"""delivery/reply_words.py: real answers of real servers, and what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.delivery.reply_words import explain

CASES = [
    ("no_mailbox", 550, "5.1.1", "The email account that you tried to reach does not exist."),
    ("no_mailbox", 550, "", "No such user here"),
    ("no_mailbox", 550, "", "Requested action not taken: mailbox unavailable"),
    ("later", 450, "", "Requested mail action not taken: mailbox unavailable"),
    ("no_domain", 0, "5.1.2", "The domain exmaple.com does not exist"),
    ("no_domain", 550, "", "Domain not found"),
    ("null_mx", 0, "5.1.10", "The domain takes no mail"),
    ("tls_policy", 0, "4.7.5", "mx.example: MTA-STS requires encryption"),
    ("policy", 554, "5.7.5", "Cryptographic failure"),
    ("tls", 0, "4.7.10", "Encryption is required"),
    ("full", 552, "5.2.2", "Mailbox over quota"),
    ("full", 452, "4.2.2", "The recipient's inbox is out of storage space"),
    ("full", 552, "", "Mailbox is full"),
    ("disabled", 550, "5.2.1", "The account is disabled"),
    ("greylist", 451, "4.7.1", "Greylisting in action, please come back later"),
    ("greylist", 450, "", "4.2.0 Greylisted, see http://example.org"),
    ("rate", 421, "4.7.28", "Unusual rate of mail"),
    ("rate", 421, "4.7.0", "Too many messages, slow down"),
    ("unproven", 550, "5.7.26", "This mail is unauthenticated"),
    ("unproven", 550, "5.7.1", "Rejected by the sender's DMARC policy"),
    ("reverse", 550, "5.7.25", "The IP has no PTR"),
    ("reverse", 550, "", "Fix reverse DNS for 192.0.2.1"),
    ("blocklist", 554, "5.7.1", "192.0.2.1 blocked using zen.spamhaus.org, see https://x.example/y"),
    ("blocklist", 550, "5.7.606", "IP is on our blocklist"),
    ("too_big", 552, "5.3.4", "Message size exceeds fixed limit"),
    ("too_big", 552, "", "message exceeds maximum size"),
    ("tls", 530, "5.7.0", "Must issue a STARTTLS command first"),
    ("tls", 550, "5.7.10", "Encryption needed"),
    ("content", 554, "5.7.1", "Message rejected as spam"),
    ("relay", 554, "5.7.1", "Relay access denied"),
    ("policy", 550, "5.7.1", "Access denied"),
    ("policy", 550, "5.7.99", "xyz"),
    ("utf8_address", 0, "5.6.7", ""),
    ("eight_bit", 0, "5.6.3", ""),
    ("loop", 554, "5.4.6", "Too many hops"),
    ("silent", 0, "4.4.1", "mx does not answer"),
    ("silent", 0, "", ""),
    ("dns", 0, "4.4.3", "name servers"),
    ("system", 451, "4.3.0", "Error"),
    ("later", 451, "", "Local error"),
    ("refused", 554, "", "Transaction failed"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "code", "enhanced", "text"), CASES)
def test_real_answers(key, code, enhanced, text):
    assert explain(code, enhanced, text).key == key


def test_sentences_name_what_matters():
    words = explain(550, "5.1.1", "no", recipient="jon@example.com")
    assert words.meaning == "There is no mailbox jon@ at example.com."
    words = explain(550, "5.7.26", "no", sender="anna@example.org")
    assert "example.org" in words.meaning
    words = explain(554, "", "Blocked by Spamhaus, see https://check.example/1.")
    assert "(https://check.example/1)" in words.meaning


@given(st.integers(0, 599), st.text(max_size=12), st.text(max_size=80), st.text(max_size=40))
def test_anything_gets_words(code, enhanced, text, address):
    words = explain(code, enhanced, text, recipient=address, sender=address)
    assert words.meaning
    assert words.wait
    assert words.advice
