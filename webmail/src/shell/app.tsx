// The layout: what is left, what is listed, what is read; and what lies above it all.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connection } from "../jmap/client";
import { t } from "../i18n";
import { go, mailPath, route, writing } from "../router";
import { List } from "../screens/list";
import { screen, type LazyName } from "../screens";
import { byRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { Button, Empty, Skeleton } from "../ui/controls";
import { Questions } from "../ui/dialog";
import { Toasts } from "../ui/toast";
import { registerCommands } from "./commands";
import { moveOpen, MoveDialog, SnoozeDialog, snoozeOpen } from "./choosers";
import { Help, Palette, paletteOpen, helpOpen } from "./palette";
import { Sidebar } from "./sidebar";
import { SignInAgain } from "./sign_in_again";
import { Topbar } from "./topbar";
import "./shell.css";

/** The sidebar lies over the rest (phones, tablets). */
export const sidebarOpen = signal(false);

export function Lazy({ name }: { name: LazyName }) {
  const found = screen(name).value;
  if (found === undefined) return <Skeleton lines={6} />;
  if (found instanceof Error)
    return <Empty icon="offline" title={t("shell.notLoaded")}><Button onClick={() => location.reload()}>{t("shell.tryAgain")}</Button></Empty>;
  const Found = found;
  return <Found />;
}

function Main() {
  const { screen: name, args } = route.value;
  if (name === "settings" || name === "contacts" || name === "refused") {
    return <main class="pane whole" id="main" tabIndex={-1}><Lazy name={name} /></main>;
  }
  if (name === "trace") return <main class="pane whole" id="main" tabIndex={-1}><Lazy name="trace" /></main>;
  const reading = name === "search" ? args.length > 0 : name === "mail" && args.length > 1;
  const layout = preferences.value.readingPane;
  return (
    <div class={`panes ${layout}`} data-reading={reading || undefined}>
      <section class="pane list-pane" aria-label={t("shell.list")} role={reading ? undefined : "main"} id={reading ? undefined : "main"} tabIndex={-1}>{name === "search" ? <Lazy name="search" /> : <List />}</section>
      <div class="pane reading-pane" role={reading ? "main" : "complementary"} aria-label={reading ? undefined : t("shell.nothingOpen")} id={reading ? "main" : undefined} tabIndex={-1}>
        {reading ? <Lazy name="reading" /> : <Empty icon="read" title={t("shell.nothingOpen")}>{t("shell.nothingOpenHint")}</Empty>}
      </div>
    </div>
  );
}

export function App() {
  useEffect(() => {
    const stop = registerCommands();
    const stopTitle = effect(() => {
      const inbox = byRole("inbox");
      const count = inbox?.unreadEmails ? `(${inbox.unreadEmails}) ` : "";
      document.title = `${count}Pillarbox`;
      if (route.value.screen === "mail" && !route.value.args.length && inbox) go(mailPath(inbox.id), { replace: true });
    });
    const closeSidebar = effect(() => {
      void route.value;
      sidebarOpen.value = false;
    });
    return () => {
      stop();
      stopTitle();
      closeSidebar();
    };
  }, []);
  return (
    <div class="shell" data-sidebar={sidebarOpen.value || undefined}>
      <a class="skip" href="#main">{t("shell.skip")}</a>
      <Topbar />
      <Sidebar />
      {sidebarOpen.value && <button type="button" class="veil" aria-label={t("ui.close")} onClick={() => { sidebarOpen.value = false; }} />}
      <Main />
      <Composer />
      {connection.value === "offline" && <p class="offline" role="status">{t("shell.offline")}</p>}
      {connection.value === "signed-out" && <SignInAgain />}
      {paletteOpen.value && <Palette />}
      {helpOpen.value && <Help />}
      {moveOpen.value && <MoveDialog />}
      {snoozeOpen.value && <SnoozeDialog />}
      <Questions />
      <Toasts />
    </div>
  );
}

/** What is written lies over everything and stays while the person reads on. */
function Composer() {
  return writing.value ? <Lazy name="compose" /> : null;
}
