// Writing a message: a panel over the page, the whole page on a phone.
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../../jmap/client";
import { t } from "../../i18n";
import { doneWriting, writing } from "../../router";
import { Banner, IconButton, Skeleton } from "../../ui/controls";
import { toast } from "../../ui/toast";
import type { Draft } from "./draft";
import { deliver, returned } from "./outbox";
import { Panel } from "./panel";
import { begin, type Identity } from "./start";
import { Writer } from "./writer";
import "./compose.css";

interface Opened {
  writer: Writer;
  problem: string;
}

async function open(given: { draft: Draft; problem: string } | null): Promise<Opened> {
  const { list } = await call<{ list: Identity[] }>("Identity/get", { ids: null });
  const route = writing.peek();
  const draft = given?.draft ?? (route ? await begin(route, list) : null);
  if (!draft) throw new Error(t("compose.noOriginal"));
  return { writer: new Writer(draft, list, given !== null), problem: given?.problem ?? "" };
}

/** Send, close the panel at once; what goes wrong opens it again (outbox). */
async function send(writer: Writer, hold: number | Date): Promise<void> {
  const identity = writer.identity;
  if (!identity) throw new Error(t("compose.noIdentity"));
  const draft = await writer.handOver(hold, identity.id);
  doneWriting();
  await deliver(draft);
}

export default function Compose() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [problem, setProblem] = useState("");
  const current = useRef<Opened | null>(null);
  const wanted = writing.value;
  useEffect(() => {
    let gone = false;
    const given = returned.peek();
    returned.value = null;
    const older = current.current?.writer;
    current.current = null;
    setOpened(null);
    setProblem("");
    void older?.close();
    open(given).then(
      (one) => {
        if (gone) return void one.writer.close();
        current.current = one;
        setOpened(one);
      },
      (reason: Error) => setProblem(reason.message),
    );
    return () => {
      gone = true;
    };
  }, [wanted]);
  useEffect(() => () => void current.current?.writer.close(), []);

  const close = () => {
    const one = current.current;
    current.current = null;
    void one?.writer.close();
    doneWriting();
  };
  const discard = async () => {
    const one = current.current;
    current.current = null;
    doneWriting();
    const draft = await one?.writer.discard();
    if (!draft) return;
    toast(t("compose.discarded"), { undo: () => { returned.value = { draft, problem: "" }; writing.value = { screen: "compose", args: [], query: new URLSearchParams("back=1") }; } });
  };
  if (!opened) {
    return (
      <section class="compose" aria-label={t("compose.new")} aria-busy={!problem}>
        <div class="compose-head"><h2>{t("compose.new")}</h2><IconButton icon="close" label={t("compose.close")} onClick={close} /></div>
        {problem ? <Banner tone="bad">{problem}</Banner> : <Skeleton lines={5} />}
      </section>
    );
  }
  const { writer } = opened;
  return <Panel key={writer.draft.peek().key} writer={writer} problem={opened.problem} onClose={close} onDiscard={() => void discard()} onSend={(hold) => { current.current = null; return send(writer, hold); }} />;
}
