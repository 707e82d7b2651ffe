"""What a server's answer means, in words for people. Pure.

A reply names its reason three times: by the basic code (RFC 5321 §4.2), the enhanced code
(RFC 3463) and free text. Enhanced codes are looked at first, but what many servers put into
5.7.1 or 5.0.0 is only told apart by their text. The original is always shown beside it.
"""

import re
from dataclasses import dataclass
from typing import Final

from pillarbox.trace import words
from pillarbox.trace.phrase import Phrase, phrase

MAX_TEXT: Final = 2000  # characters of a reply that are looked at


@dataclass(frozen=True, slots=True)
class Words:
    """wait: what to do while we still try; advice: at the end. phrase: what the reply means.

    key: which row of the table it is, stable; the text of the phrase is "reply-KEY".
    """

    key: str
    phrase: Phrase
    wait: str
    advice: str

    @property
    def meaning(self) -> str:
        """One or two sentences, in English."""
        return words.phrase(self.phrase)


@dataclass(frozen=True, slots=True)
class _Row:
    """One kind of answer. enhanced: pattern for "1.1", the code without its class.

    text: pattern for the words, looked for where the enhanced code says nothing, in replies
    of the classes `classes`. own: only for what we found out ourselves. `{recipient}`,
    `{localpart}`, `{domain}`, `{sender_domain}` and `{link}` are filled in.
    """

    key: str
    enhanced: str
    text: str
    wait: str
    advice: str
    classes: str = "45"
    own: bool = False


_NEVER: Final = r"(?!)"
_NOTHING: Final = "You need not do anything."
_AGAIN: Final = "Try again later, or reach the person another way."

# The first row that fits. Rows that go by text alone come before those whose enhanced codes
# servers use for everything.
_ROWS: Final = (
    _Row(
        "blocklist",
        _NEVER,
        r"spamhaus|spamcop|barracuda|sorbs|uceprotect|abusix|invaluement|\bdnsbl\b|\brbl\b"
        r"|block ?list|black ?list|deny ?list|listed (?:at|by|in|on)\b|poor reputation",
        "The administrator of this server can ask for removal from the list.",
        "The administrator of this server must ask for removal from the list; then send it again.",
    ),
    _Row(
        "tls",
        r"7\.10|7\.30",
        r"must issue a starttls|(?:tls|encryption) (?:is )?required|requires? (?:tls|encryption)",
        "The administrator of this server can look at the encryption settings.",
        "Ask the administrator of this server to look at the encryption settings.",
    ),
    _Row(
        "tls_policy",
        r"7\.5",
        _NEVER,
        "The administrator of {domain} can look at the certificate and the policy of the domain.",
        "Tell the administrator of {domain}: the certificate or the policy of the domain is wrong.",
        own=True,
    ),
    _Row(
        "greylist",
        r"7\.501",
        r"gr[ae]y ?-?list|come back (?:later|in)|try again in \d",
        _NOTHING,
        "Their server sent us away each time. Tell the person by other means.",
        "4",
    ),
    _Row(
        "full",
        r"2\.2",
        r"(?:mail ?box|quota|storage)[^.;]{0,40}(?:full|exceed|exhaust|over)"
        r"|over ?quota|insufficient (?:mailbox )?storage for",
        "They have to make room; we keep trying.",
        "They have to make room first. Tell them by other means, then send it again.",
    ),
    _Row(
        "disabled",
        r"2\.1",
        r"(?:account|mailbox|user)[^.;]{0,30}(?:disabled|suspended|inactive|deactivated)",
        _NOTHING,
        "Ask the person for another address.",
    ),
    _Row(
        "moved",
        r"1\.6",
        _NEVER,
        _NOTHING,
        "Ask the person for the new address; their server's words may name it.",
    ),
    _Row(
        "null_mx",
        r"1\.10",
        _NEVER,
        "Check the spelling of the address.",
        "Check the spelling of the address, or ask the person for another one.",
    ),
    _Row(
        "no_domain",
        r"1\.2",
        r"(?:domain|host)(?: name)? (?:does not exist|not found|unknown)|unrouteable address",
        "Check the spelling of what stands after the @.",
        "Check the spelling of what stands after the @.",
        "5",
    ),
    _Row(
        "no_mailbox",
        r"1\.1",
        r"(?:user|mailbox|recipient|address|account)s?\b[^.;]{0,40}"
        r"(?:unknown|not found|does ?n[o']t exist|rejected: undeliverable|no longer exists"
        r"|invalid|unavailable)"
        r"|(?:no such|unknown|invalid) (?:local )?(?:user|mailbox|recipient|address|person)",
        "Check the spelling of the address.",
        "Check the spelling of the address.",
        "5",
    ),
    _Row(
        "bad_recipient",
        r"1\.3|1\.4",
        _NEVER,
        "Check the spelling of the address.",
        "Check the spelling of the address.",
    ),
    _Row(
        "sender_domain",
        r"1\.[78]",
        r"sender (?:address|domain)[^.;]{0,40}(?:reject|not found|does not exist|invalid)",
        "The administrator of this server can look at the records of {sender_domain}.",
        "Ask the administrator of this server to look at the records of {sender_domain}.",
    ),
    _Row(
        "reverse",
        r"7\.25",
        r"reverse (?:dns|name|lookup|hostname)|\bptr\b|\brdns\b",
        "Only the provider of this server can set it; tell its administrator.",
        "Only the provider of this server can set it. Tell its administrator, then send it again.",
    ),
    _Row(
        "unproven",
        r"7\.(?:2[0-4]|26|27)",
        r"\bdmarc\b|\bspf\b|\bdkim\b|unauthenticated|not authenticated"
        r"|authentication (?:check|fail)",
        "The administrator of this server can compare what {sender_domain} publishes (SPF, DKIM, "
        "DMARC) with what it should.",
        "Ask the administrator of this server to compare what {sender_domain} publishes (SPF, "
        "DKIM, DMARC) with what it should.",
    ),
    _Row(
        "rate",
        r"7\.28",
        r"too (?:many|fast|much)|\brate\b|throttl|slow down|deferred due to|temporarily deferred",
        _NOTHING,
        "Send it again later, perhaps to fewer people at once.",
    ),
    _Row(
        "too_big",
        r"[23]\.[34]",
        r"(?:message|mail)[^.;]{0,40}(?:too (?:big|large)|size|exceeds)",
        "Send large files another way, such as a link.",
        "Send large files another way, such as a link.",
    ),
    _Row(
        "eight_bit",
        r"6\.3",
        _NEVER,
        _NOTHING,
        "Send it again with its text encoded (most mail programs do this by themselves).",
    ),
    _Row(
        "utf8_address",
        r"6\.7|6\.9",
        _NEVER,
        "Ask the person for an address in plain letters.",
        "Ask the person for an address in plain letters.",
    ),
    _Row(
        "content",
        r"6\.\d+|7\.(?:9|11)",
        r"\bspam\b|\bvirus|malware|phish|content[^.;]{0,30}(?:reject|refus|block|not accept)",
        "Write to the person without links and attachments, or reach them another way.",
        "Write to the person without links and attachments, or reach them another way.",
    ),
    _Row(
        "relay",
        _NEVER,
        r"relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed|prohibited)",
        "The administrator of {domain} can look at its MX records.",
        "Check the spelling of the address; else {domain} points to the wrong server.",
        "5",
    ),
    _Row(
        "loop",
        r"4\.6",
        r"\bloop|too many hops",
        "The administrator of {domain} must mend this.",
        "The administrator of {domain} must mend this; tell the person by other means.",
    ),
    _Row(
        "no_server",
        r"4\.4",
        _NEVER,
        "Check the spelling of what stands after the @.",
        "Check the spelling of what stands after the @.",
    ),
    _Row(
        "dns",
        r"4\.3",
        _NEVER,
        _NOTHING,
        _AGAIN,
    ),
    _Row(
        "silent",
        r"4\.[12]",
        _NEVER,
        _NOTHING,
        _AGAIN,
    ),
    _Row(
        "expired",
        r"4\.7",
        _NEVER,
        _NOTHING,
        _AGAIN,
    ),
    _Row(
        "many",
        r"5\.3",
        _NEVER,
        _NOTHING,
        "Send it again to fewer people at once.",
    ),
    _Row(
        "policy",
        r"7\.\d+",
        r"polic|denied|not allowed|not permitted|prohibited|reject",
        "Their words below may say more.",
        "Their words below may say more; the administrator of {domain} knows the rules.",
    ),
    _Row(
        "system",
        r"3\.\d+|2\.\d+|4\.\d+",
        _NEVER,
        _NOTHING,
        _AGAIN,
    ),
)
_COMPILED: Final = tuple(
    (re.compile(row.enhanced), re.compile(row.text, re.IGNORECASE), row) for row in _ROWS
)
_LATER: Final = _Row("later", "", "", _NOTHING, _AGAIN)
_REFUSED: Final = _Row(
    "refused",
    "",
    "",
    "Their words below may say why.",
    "Their words below may say why.",
)
_SILENT: Final = next(row for row in _ROWS if row.key == "silent")
_BY_TEXT_FIRST: Final = frozenset({"", "0.0", "7.0", "7.1"})  # codes that say next to nothing
_LINK: Final = re.compile(r"https?://[^\s<>\"')\]]{4,200}")


def explain(code: int, enhanced: str, text: str, *, recipient: str = "", sender: str = "") -> Words:
    """Say what a reply means. code 0: there was none, and `enhanced` says why we know.

    recipient, sender: the addresses, for the sentences. Any input is answered.
    """
    text = text[:MAX_TEXT]
    row = _find(code, enhanced.partition(".")[2], text)
    link = _LINK.search(text)
    localpart, _, domain = recipient.rpartition("@")
    values = {
        "recipient": recipient or "the recipient",
        "localpart": localpart,
        "domain": domain or "the recipient's domain",
        "sender_domain": sender.rpartition("@")[2] or "your domain",
        "link": link[0].rstrip(".,;") if link else "",
    }
    return Words(
        row.key,
        phrase(f"reply-{row.key}", **values),
        row.wait.format_map(values),
        row.advice.format_map(values),
    )


def _find(code: int, detail: str, text: str) -> _Row:
    heard = code != 0
    if heard and detail in _BY_TEXT_FIRST:
        for _, pattern, row in _COMPILED:
            if str(code)[0] in row.classes and pattern.search(text):
                return row
    if heard and _COMPILED[0][1].search(text) and detail.startswith("7."):
        return _ROWS[0]
    for codes, _, row in _COMPILED:
        if codes.fullmatch(detail) and not (row.own and heard):
            return row
    if not heard:
        return _SILENT
    return _LATER if code < 500 else _REFUSED
