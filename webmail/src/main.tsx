// Boot: who is signed in, what they prefer, then the page.
// The order of the layers comes first.
import "./styles/tokens.css";
import "./styles/base.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { loadSession, Offline, SignedOut } from "./jmap/client";
import { direction, language, locale, t } from "./i18n";
import { start as startKeys } from "./keys";
import { App } from "./shell/app";
import { install } from "./shell/installed";
import { loadMailboxes } from "./store/mailboxes";
import { startReplay } from "./store/later";
import { loadPreferences, preferences } from "./store/preferences";
import "./ui/overlay.css";

const READ_AHEAD_AFTER = 5000;
const dark = matchMedia("(prefers-color-scheme: dark)");

function dress(): void {
  const chosen = preferences.value;
  const root = document.documentElement;
  root.dataset.theme = chosen.theme === "system" ? (dark.matches ? "dark" : "light") : chosen.theme;
  root.dataset.density = chosen.density;
  root.style.setProperty("--text-size", String(chosen.textSize / 100));
  root.lang = language.value;
  root.dir = direction.value;
}

async function boot(): Promise<void> {
  effect(dress);
  dark.addEventListener("change", dress);
  const root = document.getElementById("app") as HTMLElement;
  try {
    await loadSession();
    await Promise.all([loadPreferences(), loadMailboxes()]);
  } catch (reason) {
    if (reason instanceof SignedOut) {
      location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    const { bootOffline } = await import("./store/offline");
    if (!(reason instanceof Offline) || !(await bootOffline())) {
      root.textContent = t("shell.cannotStart", { reason: (reason as Error).message });
      return;
    }
  }
  if (preferences.value.language && !new URLSearchParams(location.search).has("locale")) locale.value = preferences.value.language;
  startKeys();
  render(<App />, root);
  install();
  startReplay();
  void import("./screens/compose/outbox").then((module) => module.start());
  setTimeout(() => void import("./store/offline").then((module) => module.keepNewest()), READ_AHEAD_AFTER);
}

void boot();
