"""Findings about who may send: SPF, DKIM, DMARC (see catalogue.py)."""

from typing import Final

SENDERS: Final[dict[str, tuple[str, str, str]]] = {
    # SPF (RFC 7208).
    "spf.ok": (
        "ok",
        "The list of servers is valid: {lookups} of at most 10 look-ups.",
        "Others can tell which servers may send for the domain.",
    ),
    "spf.unknown": (
        "unknown",
        "{name} could not be asked: {problem}.",
        "Nothing is known of it; ask again later.",
    ),
    "spf.missing": (
        "error",
        "There is no SPF record.",
        "Anybody's server may send in the name of the domain, and nobody can tell.",
    ),
    "spf.several": (
        "error",
        "There are {count} SPF records.",
        "With more than one, none counts: receivers see a permanent error (RFC 7208 §4.5).",
    ),
    "spf.syntax": (
        "error",
        "{problem}.",
        "A record with one mistake counts as a whole as faulty: no server is allowed by it.",
    ),
    "spf.include-syntax": (
        "error",
        "{term} leads to {name}, whose record is faulty: {problem}.",
        "A mistake in an included record makes the whole check fail.",
    ),
    "spf.include-without-record": (
        "error",
        "{term} leads to {name}, which publishes no SPF record.",
        "That is a permanent error: the whole check fails (RFC 7208 §5.2).",
    ),
    "spf.include-several": (
        "error",
        "{term} leads to {name}, which publishes {count} SPF records.",
        "That is a permanent error: the whole check fails.",
    ),
    "spf.loop": (
        "error",
        "{term} leads back to {name}.",
        "A circle never ends; receivers stop it with a permanent error.",
    ),
    "spf.too-many-lookups": (
        "error",
        "{lookups} look-ups are needed, at most 10 are allowed; {term} in the record of {name} is "
        "one too many.",
        "Receivers stop at ten with a permanent error (RFC 7208 §4.6.4): your own servers fail.",
    ),
    "spf.many-lookups": (
        "info",
        "{lookups} of at most 10 look-ups are used.",
        "One more service may be one too many; those you include may grow.",
    ),
    "spf.void-lookup": (
        "warning",
        "{term} in the record of {name} finds nothing.",
        "It allows nobody, and receivers stop after two such terms (RFC 7208 §4.6.4).",
    ),
    "spf.too-many-void-lookups": (
        "error",
        "{count} terms find nothing, at most 2 are allowed.",
        "Receivers stop at the third with a permanent error (RFC 7208 §4.6.4).",
    ),
    "spf.too-many-names": (
        "error",
        "{term} in the record of {name} stands for {count} hosts, at most 10 are allowed.",
        "Receivers stop with a permanent error (RFC 7208 §4.6.4).",
    ),
    "spf.pass-all": (
        "error",
        "{term} allows every server in the world.",
        "The record proves nothing: anybody passes.",
    ),
    "spf.neutral-all": (
        "warning",
        "{term} says nothing about all other servers.",
        "Mail from strangers' servers is judged as if there were no record.",
    ),
    "spf.softfail-all": (
        "info",
        "{term} says that other servers are probably not allowed.",
        "That is usual where DMARC decides; -all says it for certain.",
    ),
    "spf.no-all": (
        "warning",
        "The record ends without all and without redirect=.",
        "Without an end, all other servers count as ?all: nothing is said about them.",
    ),
    "spf.after-all": (
        "warning",
        "{term} stands behind all.",
        "Nothing behind all is ever read.",
    ),
    "spf.redirect-ignored": (
        "warning",
        "{term} stands in a record with all.",
        "Where there is an all, redirect= is never followed (RFC 7208 §6.1).",
    ),
    "spf.ptr": (
        "warning",
        "{term} in the record of {name} asks for reverse names.",
        "That is slow, unreliable and should not be used (RFC 7208 §5.5).",
    ),
    "spf.wide-network": (
        "warning",
        "{term} in the record of {name} allows {count} addresses.",
        "Strangers have servers there too, and may send in your name.",
    ),
    "spf.duplicate": (
        "info",
        "{term} stands twice.",
        "The second never decides; if it asks DNS it still costs a look-up.",
    ),
    "spf.macro": (
        "info",
        "{term} in the record of {name} depends on the message, and was not followed.",
        "What it gives cannot be told beforehand.",
    ),
    "spf.long": (
        "warning",
        "The record has {octets} octets.",
        "Answers of over 512 octets do not always arrive (RFC 7208 §3.4); keep it below 450.",
    ),
    "spf.sends-not": (
        "ok",
        "The domain says that it never sends mail.",
        "Mail that claims to come from it can be refused.",
    ),
    # DKIM (RFC 6376).
    "dkim.ok": (
        "ok",
        "The key {selector} can be used: {kind}, {bits} bits.",
        "Others can verify signatures made with it.",
    ),
    "dkim.unknown": (
        "unknown",
        "{name} could not be asked: {problem}.",
        "Nothing is known of it; ask again later.",
    ),
    "dkim.no-selector": (
        "info",
        "No selector was named, and DNS does not list them.",
        "Name one with --selector: it is s= in the DKIM-Signature of a message.",
    ),
    "dkim.none": (
        "error",
        "No DKIM key is published at all.",
        "Without a signature mail proves nothing once it is forwarded.",
    ),
    "dkim.missing": (
        "error",
        "There is no key at selector {selector}.",
        "Signatures that name it fail.",
    ),
    "dkim.several": (
        "error",
        "There are {count} records at selector {selector}.",
        "What then happens is undefined (RFC 6376 §3.6.2.2): some receivers fail.",
    ),
    "dkim.syntax": (
        "error",
        "The key {selector} cannot be read: {problem}.",
        "Signatures that name it fail.",
    ),
    "dkim.revoked": (
        "warning",
        "The key {selector} was revoked: p= is empty.",
        "Signatures that name it fail, which is right if it is no longer used.",
    ),
    "dkim.testing": (
        "warning",
        "The key {selector} says that it is only a test (t=y).",
        "Receivers may treat the mail as if it were not signed (RFC 6376 §3.6.1).",
    ),
    "dkim.short-key": (
        "error",
        "The key {selector}: {problem}.",
        "Receivers must not accept RSA keys below 1024 bits (RFC 8301 §3.2).",
    ),
    "dkim.weak-key": (
        "warning",
        "The key {selector} has {bits} bits.",
        "Signers should use at least 2048 bits (RFC 8301 §3.2).",
    ),
    "dkim.unusable": (
        "error",
        "The key {selector} cannot be used for mail: {problem}.",
        "Signatures that name it fail.",
    ),
    # DMARC (RFC 9989).
    "dmarc.ok": (
        "ok",
        "Forged mail is to be {wish}.",
        "Receivers know what you want, and can tell you what they see.",
    ),
    "dmarc.unknown": (
        "unknown",
        "{name} could not be asked: {problem}.",
        "Nothing is known of it; ask again later.",
    ),
    "dmarc.missing": (
        "error",
        "There is no DMARC record.",
        "Nobody is told what to do with mail that pretends to be yours.",
    ),
    "dmarc.inherited": (
        "info",
        "The record of {name} applies: {policy}.",
        "Without a record of its own a name takes that of its organisation.",
    ),
    "dmarc.several": (
        "error",
        "There are {count} DMARC records.",
        "With more than one, none counts (RFC 9989 §4.10).",
    ),
    "dmarc.not-dmarc": (
        "error",
        "What stands there is no DMARC record: it does not begin with v=DMARC1.",
        "Receivers act as if there were none.",
    ),
    "dmarc.syntax": (
        "warning",
        "{problem}.",
        "Receivers leave out what they cannot read.",
    ),
    "dmarc.policy-broken": (
        "error",
        "The policy cannot be read: {problem}.",
        "Receivers apply no policy (RFC 9989 §4.10.1).",
    ),
    "dmarc.policy-none": (
        "warning",
        "p=none asks for nothing.",
        "It is for the first weeks, to read reports; forged mail is still delivered.",
    ),
    "dmarc.testing": (
        "warning",
        "The policy is only a test ({tag}).",
        "Receivers apply one level less than it says (RFC 9989 §4.7).",
    ),
    "dmarc.pct": (
        "info",
        "pct={pct} is no longer read.",
        "RFC 9989 knows t=y for tests; older receivers apply the policy to a part of the mail.",
    ),
    "dmarc.no-reports": (
        "warning",
        "Nobody gets reports: there is no rua.",
        "Without reports you do not see who sends in your name, and what fails.",
    ),
    "dmarc.subdomains-weaker": (
        "warning",
        "{tag} is weaker than p={policy}.",
        "Forgers use a name below the domain instead.",
    ),
    "dmarc.strict": (
        "info",
        "{tag} asks for the very same name.",
        "Mail that a service signs or sends with a name below yours fails.",
    ),
    "dmarc.report-unauthorised": (
        "error",
        "{address} gets no reports: {host} does not say that it takes them.",
        "Reports go to another domain only with its consent (RFC 9990 §4).",
    ),
    "dmarc.report-unknown": (
        "unknown",
        "{name} could not be asked: {problem}.",
        "Whether {host} takes reports is not known; ask again later.",
    ),
    "dmarc.report-uri": (
        "warning",
        "{uri} is no mail address.",
        "Reports are sent to mailto: addresses alone.",
    ),
}
