"""The lab's pages as HTML: plain functions from values to text, everything escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from pillarbox.lab.hosts import Domain, Impostor, Person, Sender
from pillarbox.lab.scene import Result, Scene
from pillarbox.lab.zones import Published
from pillarbox.trace.view import Line, Story

TONES: Final = {
    "proven": "good",
    "via": "good",
    "unproven": "plain",
    "misfit": "warn",
    "forged": "bad",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One trace in a list. domain: whose server keeps it. time: "10:02:12"."""

    domain: str
    id: str
    time: str
    sender: str
    recipients: str
    subject: str
    action: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in a mailbox list."""

    uid: int
    time: str
    sender: str
    subject: str
    preview: str
    seen: bool
    trace: str


def page(title: str, body: str, *, nav: str = "") -> str:
    """Return a whole page."""
    links = [("/", "Scenes", "scenes"), ("/domains", "Domains", "domains"),
             ("/mail", "Mailboxes", "mail"), ("/traces", "Traces", "traces")]  # fmt: skip
    items = "".join(
        f'<a href="{url}"{" aria-current=page" if key == nav else ""}>{name}</a>'
        for url, name, key in links
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Pillarbox lab</title>
<link rel="stylesheet" href="/lab.css"><link rel="icon" href="/icon.svg" type="image/svg+xml">
<script src="/lab.js" defer></script></head>
<body><a class="skip" href="#main">Skip to content</a>
<header><a class="brand" href="/"><img src="/icon.svg" alt="" width="28" height="28">
<span>Pillarbox <em>lab</em></span></a><nav aria-label="Main">{items}</nav></header>
<main id="main">{body}</main>
<footer>Real servers, real mail, on this machine only. Everything can be broken and reset:
<code>pillarbox lab --reset</code></footer></body></html>"""


def scenes_page(
    scenes: Sequence[Scene],
    results: Mapping[str, Result],
    rows: Sequence[Row],
    people: Sequence[Person],
) -> str:
    """Return the first page: the scenes to play, and what happens while they play."""
    cards = "".join(scene_card(scene, results.get(scene.name)) for scene in scenes)
    doors = "".join(webmail_button(person.address, person.name) for person in people)
    return page(
        "Scenes",
        f"""<section class="hero"><h1>What can happen to a message</h1>
<p>Three mail domains live on this machine, each with a server of its own. Play a scene:
real mail goes over real connections, and each server keeps a trace that tells, in plain
words, what it saw and why it decided so.</p>
<form method="post" action="/play/all" data-play="all">
<button class="primary">Play all {len(scenes)} scenes</button></form>
<div class="doorway" role="group" aria-label="Webmail">{doors}</div></section>
<div class="columns"><section aria-label="Scenes" class="cards">{cards}</section>
<aside aria-label="Happening now"><h2>Happening now <span class="live" role="status"
aria-label="live updates on"></span></h2>
<ol class="feed" id="feed" aria-live="polite">{"".join(map(feed_item, rows))}</ol></aside></div>""",
        nav="scenes",
    )


def scene_card(scene: Scene, result: Result | None) -> str:
    """Return one scene, with its outcome if it was played."""
    return f"""<article class="card" id="scene-{escape(scene.name)}"><h3>{escape(scene.title)}</h3>
<p>{escape(scene.story)}</p>{outcome(result)}
<form method="post" action="/play/{escape(scene.name)}" data-play="{escape(scene.name)}">
<button>Play</button><code>pillarbox lab play {escape(scene.name)}</code></form></article>"""


def outcome(result: Result | None) -> str:
    """Return how a scene came out, with links to its traces."""
    if result is None:
        return '<p class="outcome" hidden></p>'
    mark, word = ("✓", "As it must be") if result.ok else ("✗", "Not as expected")
    links = " → ".join(
        f'<a href="/traces/{escape(domain)}/{escape(trace.id)}">what {escape(domain)} saw</a>'
        for domain, trace in result.traces
    )
    detail = escape(result.verdict or "no trace")
    if not result.ok:
        detail += f" (expected {escape(result.expected)}) {escape(result.problem)}"
    tone = "good" if result.ok else "bad"
    return f'<p class="outcome {tone}"><strong>{mark} {word}:</strong> {detail}<br>{links}</p>'


def feed_item(row: Row) -> str:
    """Return one line of the live list."""
    tone = TONES.get(row.verdict, "plain")
    subject = escape(row.subject) or "<em>no subject</em>"
    return (
        f'<li class="{tone}"><a href="/traces/{escape(row.domain)}/{escape(row.id)}">'
        f"<time>{escape(row.time)}</time> <b>{escape(row.action)}</b> at {escape(row.domain)}"
        f"<span>{subject}</span>"
        f"<small>{escape(row.sender or 'a delivery notice')} → {escape(row.recipients)}</small>"
        "</a></li>"
    )


def domains_page(
    domains: Sequence[tuple[Domain, str, Sequence[Published]]],
    senders: Sequence[tuple[Sender | Impostor, Sequence[Published]]],
    ports: Sequence[tuple[str, int]],
    password: str,
) -> str:
    """Return what lives in the lab: hosts, ports, people, DNS records."""
    blocks = "".join(_domain_block(d, ip, records, ports) for d, ip, records in domains)
    others = "".join(
        f"<article class=card><h3>{escape(sender.name)}</h3><p>{escape(sender.about)}</p>"
        f"{_records(records)}</article>"
        for sender, records in senders
    )
    return page(
        "Domains",
        f"""<h1>Who lives here</h1><p>Any mail program on this machine can sign in with the
addresses below and the password <code>{escape(password)}</code>. The certificate authority
is in <code>ca.pem</code> of the lab's folder.</p>{blocks}
<h2>Other domains</h2><p>They have records, but no server of their own: others send in their
name, or stand between them and their mail.</p><div class="cards">{others}</div>""",
        nav="domains",
    )


def _domain_block(
    domain: Domain, ip: str, records: Sequence[Published], ports: Sequence[tuple[str, int]]
) -> str:
    people = "".join(_person(person) for person in domain.people)
    aliases = "".join(
        f"<li><b>{escape(address)}</b> passes mail on to {escape(', '.join(targets))}</li>"
        for address, targets in domain.aliases
    )
    doors = "".join(f"<li>{escape(name)} <code>{ip}:{port}</code></li>" for name, port in ports)
    return f"""<section class="domain"><h2>{escape(domain.name)}</h2><p>{escape(domain.about)}</p>
<div class="split"><div><h3>People</h3><ul class="people">{people}{aliases}</ul></div>
<div><h3>Doors</h3><ul class="doors">{doors}</ul></div></div>
<h3>What it publishes</h3>{_records(records)}</section>"""


def _person(person: Person) -> str:
    url = f"/mail/{escape(person.address)}"
    return f'<li><b>{escape(person.name)}</b> <a href="{url}">{escape(person.address)}</a></li>'


def _records(records: Sequence[Published]) -> str:
    if not records:
        return "<p>Nothing.</p>"
    rows = "".join(
        f"<tr><th scope=row>{escape(r.name)}<small>{escape(r.what)}</small></th>"
        f"<td>{escape(r.rtype)}</td><td><code>{escape(r.value)}</code></td></tr>"
        for r in records
    )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="DNS records"><table><thead>'
        "<tr><th scope=col>Name</th><th scope=col>Type</th><th scope=col>Value</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def mail_page(
    people: Sequence[Person],
    address: str,
    letters: Sequence[tuple[str, Sequence[Letter]]],
    form: str = "",
) -> str:
    """Return the mailboxes of one person: (mailbox name, its messages, newest first)."""
    here = {address: " aria-current=page"}
    tabs = "".join(
        f'<a href="/mail/{escape(p.address)}"{here.get(p.address, "")}>{escape(p.name)}</a>'
        for p in people
    )
    boxes = "".join(_mailbox(address, name, rows) for name, rows in letters if rows)
    return page(
        f"Mail of {address}",
        f'<nav class="tabs" aria-label="People">{tabs}</nav><h1>{escape(address)}</h1>'
        f"{webmail_button(address)}{form}"
        + (boxes or "<p>No mail yet. Play a scene, or write a message.</p>"),
        nav="mail",
    )


def webmail_button(address: str, name: str = "") -> str:
    """Return the button that opens the webmail of a person, signed in."""
    text = escape(f"{name}'s webmail") if name else "Open the webmail"
    return (
        f'<form class="webmail" method="post" target="_blank" '
        f'action="/webmail/{escape(address)}">'
        f"<button>{text}</button></form>"
    )


def webmail_page(address: str, url: str) -> str:
    """Return what is seen for a moment on the way to the webmail."""
    link = f'<a href="{escape(url)}">Open the webmail of {escape(address)}</a>'
    return page("Webmail", f"<h1>To the webmail</h1><p>{link}</p>", nav="mail")


def compose_form(people: Sequence[Person], author: str) -> str:
    """Return the form to write as one person to the others."""
    others = "".join(
        f'<option value="{escape(p.address)}">{escape(p.name)}</option>'
        for p in people
        if p.address != author
    )
    return f"""<details class="compose"><summary>Write a message as {escape(author)}</summary>
<form method="post" action="/send/{escape(author)}"><label>To <select name="to">{others}</select>
</label><label>Subject <input name="subject" required maxlength="200"></label>
<label>Text <textarea name="text" rows="4" required maxlength="10000"></textarea></label>
<button class="primary">Send</button></form></details>"""


def _mailbox(address: str, name: str, letters: Sequence[Letter]) -> str:
    items = "".join(
        f"<li{'' if letter.seen else ' class=unread'}>"
        f'<a href="/mail/{escape(address)}/{escape(name)}/{letter.uid}">'
        f"<b>{escape(letter.sender)}</b><time>{escape(letter.time)}</time>"
        f"<span>{escape(letter.subject) or '(no subject)'}</span>"
        f"<small>{escape(letter.preview)}</small></a></li>"
        for letter in letters
    )
    return f'<h2>{escape(name)}</h2><ul class="letters">{items}</ul>'


def letter_page(address: str, mailbox: str, fields: Sequence[tuple[str, str]], text: str,
                told: Story | None, domain: str) -> str:  # fmt: skip
    """Return one message as text, with its trace beside it."""
    head = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in fields if value
    )
    how = story_block(told, domain) if told else "<p>This message has no trace.</p>"
    return page(
        dict(fields).get("Subject", "") or "Message",
        f"""<p><a href="/mail/{escape(address)}">← {escape(address)}, {escape(mailbox)}</a></p>
<div class="columns"><article class="letter"><dl>{head}</dl><pre>{escape(text)}</pre></article>
<aside aria-label="Trace"><h2>How did this get here?</h2>{how}</aside></div>""",
        nav="mail",
    )


def traces_page(rows: Sequence[Row]) -> str:
    """Return all traces, newest first."""
    return page(
        "Traces",
        "<h1>Traces</h1><p>What each server saw and decided, also for mail that it refused. "
        "New ones appear by themselves.</p>"
        f'<ol class="feed wide" id="feed">{"".join(map(feed_item, rows))}</ol>',
        nav="traces",
    )


def trace_page(told: Story, domain: str, fields: Sequence[tuple[str, str]]) -> str:
    """Return one trace in full."""
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in fields if value
    )
    return page(
        f"Trace {told.id}",
        f"""<p><a href="/traces">← All traces</a></p><h1>{escape(told.title)}</h1>
<p class="sub">Seen by {escape(domain)} · <code>pillarbox trace show {escape(told.id)}</code></p>
{story_block(told, domain, link=False)}<details><summary>Envelope and header</summary>
<dl class="facts">{facts}</dl></details>""",
        nav="traces",
    )


def story_block(told: Story, domain: str, *, link: bool = True) -> str:
    """Return verdict and steps: a sentence each, explanation and evidence to open."""
    tone = TONES.get(told.verdict, "plain")
    verdict = ""
    if told.verdict_sentence:
        detail = told.verdict_sentence.removeprefix(told.headline)
        verdict = (
            f'<div class="verdict {tone}"><span aria-hidden="true">{escape(told.mark)}</span>'
            f"<p><b>{escape(told.headline)}</b>{escape(detail)}</p></div>"
        )
    before = f'<p class="sub">{escape(told.earlier)}</p>' if told.earlier else ""
    steps = "".join(map(_step, told.lines))
    more = (
        f'<p><a href="/traces/{escape(domain)}/{escape(told.id)}">The whole page</a></p>'
        if link
        else ""
    )
    action = f'<p class="action">{escape(told.action)}</p>'
    advice = f'<p class="advice">{escape(told.advice)}</p>' if told.advice else ""
    return (
        f'<div lang="{escape(told.language)}">{verdict}{action}{before}{advice}'
        f'<ol class="steps">{steps}</ol></div>{more}'
    )


def _step(line: Line) -> str:
    time = line.at.strftime("%H:%M:%S")
    rule = f'<p class="rule">{escape(line.rfc)}</p>' if line.rfc else ""
    raw = line.evidence.partition("\n")[2] if line.rfc else line.evidence
    raw = f"<pre>{escape(raw)}</pre>" if raw else ""
    claimed = ' class="claimed"' if line.claimed else ""
    says = f"<i>{escape(line.says)}</i> " if line.says else ""
    return (
        f"<li{claimed}><details><summary><time>{time}</time>{says}{escape(line.sentence)}</summary>"
        f"<p>{escape(line.explanation)}</p>{rule}{raw}</details></li>"
    )
