// The people one writes to: found by any word, changed, taken in from and given out as vCard.
import { useEffect, useRef, useState } from "preact/hooks";
import { call, on, session } from "../../jmap/client";
import { t } from "../../i18n";
import { go, route, searchPath } from "../../router";
import { Avatar, Banner, Button, Empty, Field, Skeleton } from "../../ui/controls";
import { confirm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { addresses, exportFile, fieldsOf, find, importFile, nameOf, remove, save, type Card } from "./cards";
import { Form } from "./form";
import "./contacts.css";

const RECIPIENTS = "urn:pillarbox:jmap:recipients";
interface Known { name: string | null; email: string; contactId: string | null }

function told(reason: unknown): void {
  toast((reason as { description?: string }).description || (reason as Error).message, { tone: "bad" });
}

function Details({ card, onEdit, onRemove }: { card: Card; onEdit: () => void; onRemove: () => void }) {
  const { phones, organization, note } = fieldsOf(card);
  const emails = addresses(card);
  return (
    <article class="contact" aria-label={nameOf(card)}>
      <header><Avatar name={nameOf(card)} email={emails[0]} size={56} /><div><h2 dir="auto">{nameOf(card)}</h2>{organization && <p class="hint" dir="auto">{organization}</p>}</div></header>
      <dl>
        {emails.map((one) => <div key={one}><dt>{t("contacts.email")}</dt><dd><a href={`/compose?to=${encodeURIComponent(one)}`}>{one}</a></dd></div>)}
        {phones.map((one) => <div key={one}><dt>{t("contacts.phone")}</dt><dd><a href={`tel:${encodeURIComponent(one.replace(/[^+\d]/g, ""))}`} rel="noreferrer">{one}</a></dd></div>)}
        {note && <div><dt>{t("contacts.note")}</dt><dd dir="auto">{note}</dd></div>}
      </dl>
      <p class="buttons">
        {emails[0] && <Button kind="primary" icon="pen" onClick={() => go(`/compose?to=${encodeURIComponent(emails[0] as string)}`)}>{t("shell.compose")}</Button>}
        {emails[0] && <Button icon="search" onClick={() => go(searchPath(`from:${emails[0]}`))}>{t("contacts.mail")}</Button>}
        <Button onClick={onEdit}>{t("contacts.edit")}</Button>
        <Button kind="quiet" onClick={onRemove}>{t("ui.delete")}</Button>
      </p>
    </article>
  );
}

export default function Contacts() {
  const [list, setList] = useState<Card[] | null>(null);
  const [known, setKnown] = useState<Known[]>([]);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [editing, setEditing] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const id = route.value.args[0];
  const email = route.value.query.get("email") ?? "";
  const chosen = list?.find((one) => one.id === id);
  const load = () => {
    find(text).then((found) => { setList(found); setProblem(""); }, (reason: Error) => setProblem(reason.message));
    if (session.value?.capabilities[RECIPIENTS]) call<{ list: Known[] }>("Recipient/query", { text: text.trim(), limit: 10 }).then((answer) => setKnown(answer.list.filter((one) => !one.contactId)), () => setKnown([]));
  };
  useEffect(() => {
    const timer = setTimeout(load, 120);
    const stop = on("ContactCard", load);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [text]);
  useEffect(() => setEditing(false), [id]);

  const destroy = async (card: Card) => {
    if (!(await confirm(t("contacts.remove"), t("contacts.removeAsk", { name: nameOf(card) }), t("ui.delete"), true))) return;
    try {
      await remove(card.id);
      go("/contacts");
      load();
      const { id: _, ...rest } = card;
      toast(t("contacts.removed"), { undo: () => void save(null, rest as Record<string, unknown>).then(load, told) });
    } catch (reason) {
      told(reason);
    }
  };
  const take = async (files: FileList | null | undefined) => {
    for (const file of [...(files ?? [])]) {
      try {
        const { made, problems } = await importFile(file);
        toast([t("contacts.imported", { count: made }), ...problems.slice(0, 3)].join(" "), problems.length ? { tone: "bad" } : {});
      } catch (reason) {
        told(reason);
      }
    }
    load();
  };
  const done = (saved: string) => {
    setEditing(false);
    load();
    go(`/contacts/${saved}`);
  };
  return (
    <div class="contacts" data-open={id || undefined} onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); void take(event.dataTransfer?.files); }}>
      <section class="contacts-side" aria-label={t("contacts.title")}>
        <h1>{t("contacts.title")}</h1>
        <Field label={t("contacts.search")} type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" />
        <p class="buttons">
          <Button icon="plus" onClick={() => go("/contacts/new")}>{t("contacts.new")}</Button>
          <Button icon="upload" onClick={() => picker.current?.click()}>{t("contacts.import")}</Button>
          <Button icon="download" onClick={() => void exportFile().catch(told)}>{t("contacts.export")}</Button>
        </p>
        <input ref={picker} class="only-read" type="file" accept=".vcf,text/vcard" multiple tabIndex={-1} aria-hidden="true" onChange={(event) => { void take(event.currentTarget.files); }} />
        {problem && <Banner tone="bad">{problem}</Banner>}
        {list === null && !problem && <Skeleton lines={6} />}
        <ul class="contact-list">
          {list?.map((one) => (
            <li key={one.id}><a href={`/contacts/${one.id}`} aria-current={one.id === id ? "page" : undefined}><Avatar name={nameOf(one)} email={addresses(one)[0]} /><span><strong dir="auto">{nameOf(one)}</strong><span class="hint">{addresses(one)[0]}</span></span></a></li>
          ))}
          {list?.length === 0 && <li class="hint">{t(text ? "contacts.nobody" : "contacts.none")}</li>}
        </ul>
        {known.length > 0 && (
          <>
            <h2>{t("contacts.written")}</h2>
            <ul class="contact-list">
              {known.map((one) => (
                <li key={one.email} class="known"><span><strong dir="auto">{one.name || one.email}</strong>{one.name && <span class="hint">{one.email}</span>}</span><Button kind="quiet" icon="plus" aria-label={t("contacts.addNamed", { name: one.name || one.email })} onClick={() => void save(null, { ...(one.name ? { name: { full: one.name } } : {}), emails: { e: { address: one.email } } }).then(done, told)}>{t("contacts.add")}</Button></li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section class="contacts-page" aria-label={t("contacts.one")}>
        {id && <h1 class="only-read">{t("contacts.one")}</h1>}
        {id && <a class="contacts-back" href="/contacts">{t("contacts.title")}</a>}
        {id === "new" ? <Form key="new" card={null} email={email} onDone={done} onCancel={() => go("/contacts")} /> : chosen ? editing ? <Form key={chosen.id} card={chosen} email="" onDone={done} onCancel={() => setEditing(false)} /> : <Details card={chosen} onEdit={() => setEditing(true)} onRemove={() => void destroy(chosen)} /> : <Empty icon="contacts" title={t("contacts.choose")} />}
      </section>
    </div>
  );
}
