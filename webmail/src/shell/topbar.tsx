// Name, search, and who is signed in.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { register, run, shown } from "../keys";
import { go, route, searchPath } from "../router";
import { address } from "../store/me";
import { Avatar, Icon, IconButton } from "../ui/controls";
import { Menu } from "../ui/dialog";
import { sidebarOpen } from "./app";

function question(place: typeof route.value): string {
  return place.screen === "search" ? (place.query.get("q") ?? "") : "";
}

export function Topbar() {
  const input = useRef<HTMLInputElement>(null);
  const asked = question(route.value);
  // What is typed belongs to the box: a page that comes late must not take letters away again.
  const told = useRef("");
  useEffect(() => effect(() => {
    const now = question(route.value);
    if (now === told.current) return;
    told.current = now;
    if (input.current) input.current.value = now;
  }), []);
  useEffect(() => register({ id: "search", keys: ["/"], text: "shell.search", group: "go", run: () => input.current?.select() }), []);
  const typed = (value: string) => {
    if (value.trim().length < 2) return;
    told.current = value;
    go(searchPath(value), { replace: route.value.screen === "search" });
  };
  // Enter leaves the box, so that j and k walk through what was found.
  const submit = (event: Event) => {
    event.preventDefault();
    const text = input.current?.value ?? "";
    if (!text.trim()) return;
    told.current = text;
    go(searchPath(text), { replace: route.value.screen === "search" });
    input.current?.blur();
  };
  return (
    <header class="topbar">
      <IconButton icon="menu" class="burger" label={t("shell.menu")} aria-expanded={sidebarOpen.value} onClick={() => { sidebarOpen.value = !sidebarOpen.value; }} />
      <a class="brand" href="/" aria-label={t("shell.home")}><img src="/icon.svg" alt="" width="28" height="28" /><span>Pillarbox</span></a>
      <form class="search-box" role="search" onSubmit={submit}>
        <Icon name="search" />
        <input ref={input} type="search" placeholder={t("shell.searchHint")} aria-label={t("shell.search")} autocomplete="off" spellcheck={false} enterkeyhint="search" onInput={(event) => typed(event.currentTarget.value)} onKeyDown={(event) => { if (event.key === "Escape") { event.currentTarget.value = ""; event.currentTarget.blur(); if (asked) history.back(); } }} />
        <kbd aria-hidden="true">/</kbd>
      </form>
      <IconButton icon="keyboard" class="wide-only" label={t("shell.help")} shortcut="?" onClick={() => run("help")} />
      <Menu
        label={t("shell.account", { address: address.value })}
        icon="contacts"
        class="account"
        items={[
          { text: address.value, icon: "contacts", run: () => go("/settings/account") },
          null,
          { text: t("shell.settings"), icon: "settings", run: () => go("/settings") },
          { text: t("shell.palette"), icon: "keyboard", shortcut: shown("Mod+k"), run: () => run("palette") },
          { text: t("shell.signOut"), icon: "signOut", run: () => run("signOut") },
        ]}
      />
      <span class="who" aria-hidden="true"><Avatar email={address.value} size={32} /></span>
    </header>
  );
}
