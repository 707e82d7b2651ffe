// Settings: pages on the left, one open, and a search over everything that can be set.
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { session } from "../../jmap/client";
import { t } from "../../i18n";
import { go, route } from "../../router";
import { Icon } from "../../ui/controls";
import type { IconName } from "../../ui/icons";
import { Account } from "./account";
import { find, PAGES, type Page } from "./entries";
import { General } from "./general";
import { Keyboard } from "./keyboard";
import { Labels } from "./mail/labels";
import { Senders } from "./mail/senders";
import { Vacation } from "./mail/vacation";
import { Writing } from "./mail/writing";
import { Notifications } from "./notifications";
import { OfflinePage } from "./offline";
import { Security } from "./security";
import { Transfer } from "./transfer";
import "./settings.css";

const SHOWN: Record<Page, [ComponentType, IconName]> = {
  general: [General, "settings"],
  writing: [Writing, "pen"],
  labels: [Labels, "label"],
  senders: [Senders, "image"],
  vacation: [Vacation, "moon"],
  keyboard: [Keyboard, "keyboard"],
  notifications: [Notifications, "info"],
  offline: [OfflinePage, "offline"],
  security: [Security, "shield"],
  account: [Account, "contacts"],
  transfer: [Transfer, "upload"],
};

function offered(page: Page): boolean {
  return page !== "vacation" || "urn:ietf:params:jmap:vacationresponse" in (session.value?.capabilities ?? {});
}

function Search() {
  const [typed, setTyped] = useState("");
  const found = find(typed, t).filter((one) => offered(one.page));
  const open = (id: string, page: Page) => {
    setTyped("");
    go(`/settings/${page}?at=${id}`);
  };
  return (
    <search class="settings-search">
      <input class="input" type="search" value={typed} maxLength={100} placeholder={t("settings.search")} aria-label={t("settings.search")} onInput={(event) => setTyped(event.currentTarget.value)} onKeyDown={(event) => {
        if (event.key === "Escape" && typed) { event.stopPropagation(); setTyped(""); }
        if (event.key === "Enter" && found[0]) open(found[0].id, found[0].page);
      }} />
      <p class="only-read" role="status">{typed.trim() ? t("settings.found", { count: found.length }) : ""}</p>
      {typed.trim() && (
        <ul class="settings-found" aria-label={t("settings.results")}>
          {found.slice(0, 12).map((one) => (
            <li key={one.id}>
              <button type="button" onClick={() => open(one.id, one.page)}><strong>{t(one.text)}</strong><span>{t(`settings.page.${one.page}`)}</span></button>
            </li>
          ))}
          {!found.length && <li class="hint">{t("settings.none")}</li>}
        </ul>
      )}
    </search>
  );
}

export default function Settings() {
  const asked = route.value.args[0] as Page | undefined;
  const chosen = asked && PAGES.includes(asked) && offered(asked);
  const page: Page = chosen ? asked : "general";
  const [Shown] = SHOWN[page];
  return (
    <div class="settings" data-page={chosen ? "" : undefined}>
      <div class="settings-side">
        <h1>{t("settings.title")}</h1>
        <Search />
        <nav aria-label={t("settings.pages")}>
          <ul>
            {PAGES.filter(offered).map((one) => (
              <li key={one}>
                <a href={`/settings/${one}`} aria-current={one === page ? "page" : undefined}><Icon name={SHOWN[one][1]} /><span>{t(`settings.page.${one}`)}</span></a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <div class="settings-page" key={page}>
        <h1 class="only-read">{t("settings.title")}</h1>
        <a class="settings-back" href="/settings"><Icon name="back" size={18} />{t("settings.title")}</a>
        <h2>{t(`settings.page.${page}`)}</h2>
        <Shown />
      </div>
    </div>
  );
}
