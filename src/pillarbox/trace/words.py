"""The catalogue: what each step of a trace says, at three levels.

Level 1 is one sentence for the reader of the mail, without acronyms. Level 2 explains it
to an administrator. Level 3 is the raw evidence with the rule that was applied. The keys
are stable, the sentences are content: parameters are filled in by name, so that a
translation may put them in any order. The words "safe" and "trusted" never appear: a
proven sender may still lie.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pillarbox.trace import causes
from pillarbox.trace.step import Step

# key: (the reader's sentence, the administrator's explanation)
CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    # How it came in.
    "connect": (
        "A server with the address {ip} brought this message.",
        "{ip} ({rdns}) connected to {listener} and greeted as {helo}.",
    ),
    "signin": (
        "{account} wrote this message, signed in here.",
        "{account} signed in from {ip} with {mechanism} and submitted the message.",
    ),
    "local": (
        "This server wrote this message itself.",
        "The message was made here: {what}.",
    ),
    "tls": (
        "The connection that brought it was encrypted.",
        "The connection used {version} with {cipher}.",
    ),
    "tls.none": (
        "The connection that brought it was not encrypted.",
        "The client did not ask for TLS. Others on the way could have read the message.",
    ),
    "envelope": (
        "It came for {recipients}.",
        "Envelope: from <{sender}> to {recipients}; {size} octets.",
    ),
    "claimed.hop": (
        "Before that, by its own account, it passed {by}.",
        "A Received line says: from {from_} by {by} with {with_}. We did not see this.",
    ),
    "untested": (
        "Nothing was checked, because this network needs no check.",
        "{ip} is in a network whose mail is not judged (checks.trusted_networks).",
    ),
    # SPF.
    "spf.pass": (
        "The list that {domain} publishes allows the server {ip}.",
        "SPF for {domain}: pass. {ip} matched {term} in the record of {owner}.",
    ),
    "spf.fail": (
        "{domain} says that the server {ip} must not send in its name.",
        "SPF for {domain}: fail. {ip} is in none of the listed places and {term} says that "
        "nobody else may send. Forwarding breaks this check too.",
    ),
    "spf.fail.forwarded": (
        "{domain} does not list the server {ip}, as is normal for forwarded mail.",
        "SPF for {domain}: fail. {ip} is none of the sender's servers but the forwarder's. SPF "
        "cannot see through forwarding; the signature can.",
    ),
    "spf.softfail": (
        "{domain} says that the server {ip} is probably not one of its own.",
        "SPF for {domain}: softfail. The record ends in {term}: everybody else is probably "
        "not allowed, but do not refuse for that alone.",
    ),
    "spf.neutral": (
        "{domain} makes no statement about the server {ip}.",
        "SPF for {domain}: neutral. {term} means that the owner says neither yes nor no; "
        "it counts like no record.",
    ),
    "spf.none": (
        "{domain} publishes no list of the servers that may send in its name.",
        "SPF for {domain}: none. There is no SPF record, or no domain to ask about.",
    ),
    "spf.temperror": (
        "The name servers of {domain} could not be asked just now.",
        "SPF for {domain}: temperror. {problem}",
    ),
    "spf.permerror": (
        "The list that {domain} publishes is faulty, so it counts as absent.",
        "SPF for {domain}: permerror. {problem}",
    ),
    # DKIM.
    "dkim.pass": (
        "The signature of {domain} (key {selector}) is whole: what it covers is as it was.",
        "DKIM by {domain}, selector {selector} ({algorithm}, {bits} bits): pass. "
        "Signed fields: {headers}.",
    ),
    "dkim.none": (
        "There is no signature.",
        "DKIM: none. The message carries no DKIM-Signature field.",
    ),
    "dkim.fail": (
        "The signature of {domain} does not fit this message.",
        "DKIM by {domain}, selector {selector}: {result}. {detail}",
    ),
    "dkim.fail.body_hash": (
        "Signed by {domain}, but the text was changed after signing.",
        "DKIM by {domain}, selector {selector}: fail. The hash of the body differs: lists and "
        "scanners that add a footer do this, and so does forgery.",
    ),
    "dkim.fail.signature": (
        "Signed by {domain}, but the sender, subject or another line was changed after signing.",
        "DKIM by {domain}, selector {selector}: fail. The body is whole, the signed fields "
        "({headers}) are not, or the key is another one.",
    ),
    "dkim.fail.expired": (
        "The signature of {domain} has expired.",
        "DKIM by {domain}, selector {selector}: {result}. It was valid until its x= time.",
    ),
    "dkim.fail.key": (
        "The signature of {domain} cannot be checked: its key is missing or unusable.",
        "DKIM by {domain}, selector {selector}: {result}. {detail}",
    ),
    "dkim.temperror": (
        "The key for the signature of {domain} could not be fetched just now.",
        "DKIM by {domain}, selector {selector}: temperror. {detail}",
    ),
    # DMARC.
    "dmarc.pass": (
        "The address you see, at {domain}, is proven by {by}.",
        "DMARC for {domain}: pass, aligned by {by_technical}. Published policy: {policy}.",
    ),
    "dmarc.fail": (
        "Nothing proves the address you see; {domain} asks: {policy_words}.",
        "DMARC for {domain}: fail. Neither SPF nor DKIM passed for {domain} or its "
        "organisation {org}. Published policy: {policy}.",
    ),
    "dmarc.none": (
        "{domain} has not said what to do with mail that fails the checks.",
        "DMARC for {domain}: none. No record was found in the tree walk.",
    ),
    "dmarc.temperror": (
        "What {domain} wishes could not be asked just now.",
        "DMARC for {domain}: temperror. {problem}",
    ),
    "dmarc.permerror": (
        "Whose address this is cannot be told.",
        "DMARC: permerror. {problem}",
    ),
    # Who passed it on.
    "arc.pass": (
        "It was passed on by {sealers}, whose seals are whole.",
        "ARC: pass, {count} sets, sealed by {sealers}; unchanged since set {oldest_pass} (0: since "
        "the first). That says who handled it, not that they are honest.",
    ),
    "arc.fail": (
        "It was passed on by {sealers}, but a seal does not fit.",
        "ARC: fail at set {instance}: {reason}. {detail} The chain counts for nothing.",
    ),
    "arc.temperror": (
        "It was passed on by {sealers}; their seals could not be checked just now.",
        "ARC: the key of set {instance} could not be fetched: {reason}.",
    ),
    "arc.stranger": (
        "{sealer}, which we do not know, says that it was fine when it came in.",
        "{sealer} sealed {said}. We have no reason to believe it: it is no known sealer here.",
    ),
    "override.sealer": (
        "{by} says that it fitted when it came in, and we believe this server.",
        "Exception for {domain}: {by} is a known sealer and wrote down {said}.",
    ),
    "override.network": (
        "The server {by} is known here as a forwarder, so we made an exception.",
        "Exception for {domain}: {by} is in a network of known forwarders.",
    ),
    "override.list": (
        "It came through the mailing list {by}, which is known here.",
        "Exception for {domain}: the known list {by} signed the message.",
    ),
    # What we decided.
    "decision.accept": (
        "We accepted it: {because}.",
        "Decision: accept, because {because}.",
    ),
    "decision.junk": (
        "We put it in Junk: {because}.",
        "Decision: file in Junk, because {because}.",
    ),
    "decision.refuse": (
        "We refused it: {because}.",
        "Decision: refuse in the session with {code} {enhanced}, because {because}.",
    ),
    "decision.defer": (
        "We asked the sender to come back later: {because}.",
        "Decision: try later with {code} {enhanced}, because {because}.",
    ),
    # Where it went.
    "route.account": (
        "The address {recipient} is the account {account}.",
        "{recipient} is the account {account}{how}.",
    ),
    "route.alias": (
        "The address {recipient} stands for {targets}.",
        "{recipient} is an alias for {targets}.",
    ),
    "route.catchall": (
        "Mail to any unknown name at this domain goes to {targets}.",
        "{recipient} is unknown; the catch-all of its domain is {targets}.",
    ),
    "route.forward": (
        "It is passed on to {target}.",
        "Forwarded to {target} with the return address {sender}, so that the other server "
        "finds us, who send it, in SPF (SRS).",
    ),
    "route.forward.unchanged": (
        "It is passed on to {target}.",
        "Forwarded to {target} with the return address {sender}, as it was.",
    ),
    "route.return": (
        "It goes back to {target}, who sent what it is about.",
        "The recipient is a return address that we wrote (SRS); it leads back to {target}.",
    ),
    "route.forward.junk": (
        "It is not passed on to {targets}, because we judged it junk.",
        "Not forwarded to {targets}: {because}. What we pass on, others hold against us.",
    ),
    "route.remote": (
        "{recipient} is at another server.",
        "{recipient} is not here; the message waits in the queue for {domain}.",
    ),
    "route.unknown": (
        "There is no mailbox {recipient} here.",
        "{recipient} matches no account, alias or catch-all.",
    ),
    "filed": (
        "Delivered to {mailbox} of {account}.",
        "Stored in {mailbox} of {account} as UID {uid}.",
    ),
    "loop": (
        "It went round in circles and was stopped.",
        "{count} Received lines, {limit} are allowed: a mail loop.",
    ),
    # Sending on.
    "signed": (
        "Signed for {domain}, so that others can see that it is whole.",
        "DKIM signature added: {domain}, selector {selector}, {algorithm}.",
    ),
    "sealed": (
        "Sealed by {domain}, so that others can see what we found.",
        "ARC set {instance} added: {domain}, selector {selector}, cv={cv}.",
    ),
    "sealed.not": (
        "It was passed on without a seal: {problem}.",
        "No ARC set was added: {problem}.",
    ),
    "unsigned": (
        "One signature for {domain} was left out, because nobody could have checked it.",
        "The key {selector} of {domain} did not sign: its record is not in DNS. "
        "See: pillarbox domain dkim status {domain}.",
    ),
    "queued": (
        "Waiting to be sent to {recipients}.",
        "In the queue for {recipients}.",
    ),
    "mx": (
        "Mail for {domain} is taken by {hosts}.",
        "MX of {domain}: {hosts}.",
    ),
    "attempt.tls": (
        "The connection to {host} was encrypted.",
        "{host} [{ip}]: {version}, {cipher}; certificate {certificate}.",
    ),
    "attempt.plain": (
        "The connection to {host} was not encrypted, because it offers none.",
        "{host} [{ip}] offers no STARTTLS.",
    ),
    "attempt.plain.failed": (
        "The connection to {host} was not encrypted, because its encryption failed.",
        "The connection to {host} [{ip}] was not encrypted: {problem}.",
    ),
    "attempt.rewritten": (
        "{host} takes plain characters only, so the text was written in another form for it.",
        "{host} [{ip}] does not offer 8BITMIME: the message was re-encoded for it "
        "(quoted-printable, base64). What it says is the same, signatures no longer fit.",
    ),
    "attempt.unreached": (
        "{host} could not be used, so the next server was tried.",
        "{host} [{ip}]: {problem}",
    ),
    "attempt.refused.here": (
        "It cannot be sent to {recipient}: {meaning}",
        "{reply}. {meaning}",
    ),
    "notice.none": (
        "No notice was sent: {why}.",
        "No delivery notice was made: {why}.",
    ),
    "attempt.accepted": (
        "{host} accepted it for {recipient}. What happens after that, only {host} knows.",
        "{host} [{ip}] answered {reply} for {recipient}.",
    ),
    "attempt.deferred": (
        "{host} did not take it for {recipient} now; the next try is at {next}.",
        "{host} [{ip}] answered {reply} for {recipient}; next try {next}.",
    ),
    "attempt.refused": (
        "{host} refused it for {recipient}: {meaning}",
        "{host} [{ip}] answered {reply} for {recipient}. {meaning}",
    ),
    "attempt.failed": (
        "No server of {domain} could be reached for {recipient}; the next try is at {next}.",
        "{problem}; next try {next}.",
    ),
    "expired": (
        "We gave up on {recipient} after {hours} hours.",
        "{recipient}: the queue's time limit is reached; last answer: {reply}",
    ),
    "notice": (
        "A notice went to {sender}.",
        "A delivery notice ({action}) was made for {sender}.",
    ),
    "tested": (
        "A report about this message went to {sender}.",
        "The mail-tester {address} answered {sender}, who is proven, with the verdict.",
    ),
    "tested.refused": (
        "No report about this message was sent.",
        "The mail-tester did not answer {sender}: {text}",
    ),
    "reply": (
        "We told the other server: {text}",
        "Our answer: {code} {enhanced} {text}",
    ),
}

_UNKNOWN: Final = ("Something happened that has no words yet.", "Step {key}: {params}")


class _Params(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(step: Step) -> str:
    """Return level 1: one sentence for the reader."""
    return fill(_entry(step)[0], _params(step))


def explanation(step: Step) -> str:
    """Return level 2: for the administrator, with what is known of a broken signature."""
    text = fill(_entry(step)[1], _params(step))
    kept = step.params.get("forensics")
    found = causes.tell(kept) if isinstance(kept, Mapping) else ""
    return f"{text} {found}" if found else text


def evidence(step: Step) -> str:
    """Return level 3: the raw evidence as indented JSON, and the rule that was applied."""
    lines = [f"rule: {step.rfc}"] if step.rfc else []
    if step.evidence:
        lines.append(json.dumps(step.evidence, indent=2, ensure_ascii=False, default=str))
    return "\n".join(lines)


def _params(step: Step) -> dict[str, Any]:
    return {"key": step.key, "params": str(step.params), **step.params}


def _entry(step: Step) -> tuple[str, str]:
    """Return the most specific entry: "dkim.fail.odd" falls back to "dkim.fail"."""
    key = step.key
    while key:
        if (entry := CATALOGUE.get(key)) is not None:
            return entry
        key = key.rpartition(".")[0]
    return _UNKNOWN


def fill(text: str, params: Mapping[str, Any]) -> str:
    """Return `text` with its {names} replaced; what is missing becomes "?"."""
    return text.format_map(_Params({name: _show(value) for name, value in params.items()}))


def _show(value: Any) -> str:
    """Return a parameter as text: lists with commas, control characters made visible."""
    if isinstance(value, list | tuple):
        text = ", ".join(_show(item) for item in value)
    elif isinstance(value, Mapping):
        text = ", ".join(f"{k} {_show(v)}" for k, v in value.items())
    else:
        text = str(value)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
