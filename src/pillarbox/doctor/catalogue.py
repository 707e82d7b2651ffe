"""Every finding that a check can make: id -> (severity, what is so, why it matters).

`docs/checks.md` is made of this table (`make docs`).
"""

from typing import Final

from pillarbox.doctor.catalogue_senders import SENDERS

CATALOGUE: Final[dict[str, tuple[str, str, str]]] = SENDERS | {
    # Where mail goes (RFC 5321 §5).
    "mx.ok": (
        "ok",
        "Mail goes to {hosts}.",
        "Others can find the servers that take the domain's mail.",
    ),
    "mx.unknown": (
        "unknown",
        "{name} could not be asked: {problem}.",
        "Nothing is known of it; ask again later.",
    ),
    "mx.missing": (
        "error",
        "There is no MX record, and no address.",
        "Nobody can send mail to the domain.",
    ),
    "mx.implicit": (
        "warning",
        "There is no MX record; mail goes to the address of the name itself.",
        "That works by an old rule (RFC 5321 §5.1), and is easily broken by a web server.",
    ),
    "mx.null": (
        "ok",
        "The domain says that it takes no mail.",
        "Senders learn it at once (RFC 7505).",
    ),
    "mx.null-and-others": (
        "error",
        "A null MX stands beside others.",
        "A domain that takes no mail must have no other MX record (RFC 7505 §3).",
    ),
    "mx.address-literal": (
        "error",
        "{host} is an address, not a name.",
        "An MX record must name a host (RFC 5321 §5.1).",
    ),
    "mx.alias": (
        "error",
        "{host} is an alias (CNAME).",
        "An MX record must name a host that has an address itself (RFC 5321 §5.1).",
    ),
    "mx.no-address": (
        "error",
        "{host} has no address.",
        "Mail that goes there is lost or waits for days.",
    ),
    "mx.private-address": (
        "error",
        "{host} has the address {address}, which is not of the public internet.",
        "Nobody outside can reach it.",
    ),
    "reverse.missing": (
        "warning",
        "{address} ({host}) has no reverse name.",
        "If it also sends, many receivers refuse its mail.",
    ),
    "reverse.mismatch": (
        "warning",
        "The reverse name of {address} ({host}) is {name}, which does not lead back.",
        "If it also sends, many receivers refuse its mail.",
    ),
    # TLS (RFC 8461, 8460, 7672).
    "mta-sts.ok": (
        "ok",
        "The domain announces that mail to it is encrypted.",
        "An attacker in between cannot turn encryption off.",
    ),
    "mta-sts.missing": (
        "info",
        "There is no MTA-STS record.",
        "Somebody between two servers can turn encryption off unnoticed.",
    ),
    "mta-sts.several": (
        "error",
        "There are {count} MTA-STS records.",
        "With more than one, none counts (RFC 8461 §3.1).",
    ),
    "mta-sts.syntax": (
        "error",
        "The MTA-STS record cannot be read: {problem}.",
        "Senders act as if there were none.",
    ),
    "mta-sts.no-host": (
        "error",
        "{host}, where the policy must lie, has no address.",
        "Without the policy the record has no effect (RFC 8461 §3.3).",
    ),
    "mta-sts.not-asked": (
        "info",
        "The policy file was not asked for.",
        "What it says is not known here.",
    ),
    "mta-sts.policy": (
        "ok",
        "The policy file names the servers that take the mail: {names}.",
        "Senders can check that they speak with the right one.",
    ),
    "mta-sts.unreachable": (
        "error",
        "The policy file cannot be fetched: {problem}.",
        "Senders act as if there were no record (RFC 8461 §3.3).",
    ),
    "mta-sts.certificate": (
        "error",
        "The policy file cannot be fetched: {problem}.",
        "The certificate of {host} must be valid for that name (RFC 8461 §3.3).",
    ),
    "mta-sts.invalid": (
        "error",
        "The policy file cannot be used: {problem}.",
        "Senders act as if there were no record (RFC 8461 §3.2).",
    ),
    "mta-sts.mx": (
        "error",
        "The policy file does not name {missing}, which takes mail (it names {names}).",
        "Senders that keep to the policy do not deliver there (RFC 8461 §4.1).",
    ),
    "mta-sts.short": (
        "warning",
        "The policy is kept for {seconds} seconds only.",
        "An attacker need only block the policy for that long; weeks are usual.",
    ),
    "mta-sts.testing": (
        "info",
        "The policy is only being tried (mode: testing).",
        "Mail still goes to servers that do not prove who they are.",
    ),
    "mta-sts.none": (
        "info",
        "The policy takes back an earlier one (mode: none).",
        "Nothing is required of senders; the record can go when the earlier one has run out.",
    ),
    "tls-rpt.ok": ("ok", "Reports on encryption go to {address}.", "You see where it fails."),
    "tls-rpt.missing": (
        "info",
        "There is no TLS-RPT record.",
        "Nobody tells you when encryption to your servers fails.",
    ),
    "tls-rpt.several": (
        "error",
        "There are {count} TLS-RPT records.",
        "With more than one, none counts (RFC 8460 §3).",
    ),
    "tls-rpt.syntax": (
        "error",
        "The TLS-RPT record cannot be read: {problem}.",
        "Nobody sends reports.",
    ),
    "tls.unknown": (
        "unknown",
        "{name} could not be asked: {problem}.",
        "Nothing is known of it; ask again later.",
    ),
    "dane.ok": (
        "ok",
        "{host} publishes what its certificate must be.",
        "Senders can require it, without any certificate authority.",
    ),
    "dane.missing": (
        "info",
        "{host} publishes no TLSA record.",
        "With DNSSEC it would let senders require the right certificate (RFC 7672).",
    ),
    "dane.unsigned": (
        "error",
        "The TLSA records of {host} are not signed with DNSSEC.",
        "Unsigned they are ignored (RFC 7672 §2.2).",
    ),
    "dane.usage": (
        "error",
        "A TLSA record of {host} has usage {usage}.",
        "For mail only 2 and 3 count (RFC 7672 §3.1.3).",
    ),
    "dane.broken": (
        "error",
        "A TLSA record of {host} cannot fit anything: {problem}.",
        "Senders that require it cannot deliver.",
    ),
    "dnssec.signed": ("ok", "The answers are signed (DNSSEC).", "Nobody can forge them."),
    "dnssec.unsigned": (
        "info",
        "The answers are not signed (DNSSEC), or the resolver does not check it.",
        "Somebody between can forge them; DANE needs it.",
    ),
    # BIMI.
    "bimi.present": (
        "info",
        "A logo is published (BIMI).",
        "Some programs show it if DMARC has p=quarantine or p=reject.",
    ),
    "bimi.needs-policy": (
        "warning",
        "A logo is published (BIMI), but DMARC does not enforce anything.",
        "Nobody shows it without p=quarantine or p=reject.",
    ),
}
