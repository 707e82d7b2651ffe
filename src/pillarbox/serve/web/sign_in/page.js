"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("form"), passkey = $("passkey"), box = $("error"), show = $("show");
  if (!form) return;
  const next = () => form.elements.next.value || "/";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const post = async (path, body) => {
    const answer = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    return found;
  };
  const tell = (message) => {
    box.textContent = message;
    box.hidden = false;
  };
  if (show) {
    show.addEventListener("change", () => {
      form.elements.password.type = show.checked ? "text" : "password";
    });
    show.parentElement.hidden = false;
  }
  if (!form.elements.password) return;
  // From a link on another site no cookie came with the page, but it does with this.
  fetch("/auth/me").then((answer) => answer.ok && location.replace(next()), () => {});
  if (!passkey || !window.PublicKeyCredential) return;
  let waiting = null;
  const signIn = async (mediation) => {
    if (waiting) waiting.abort();
    const mine = (waiting = new AbortController());
    let chosen = mediation !== "conditional";
    try {
      const {ticket, publicKey: p} = await post("/auth/passkey/options", {});
      if (mine.signal.aborted) return;
      const got = await navigator.credentials.get({
        publicKey: {...p, challenge: bytes(p.challenge)}, mediation, signal: mine.signal,
      });
      chosen = true;
      const r = got.response;
      await post("/auth/passkey/sign-in", {
        ticket, stay: form.elements.stay.checked,
        credential: {
          id: got.id, rawId: text(got.rawId), type: got.type, clientExtensionResults: {},
          response: {
            clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData),
            signature: text(r.signature), userHandle: text(r.userHandle),
          },
        },
      });
      location.replace(next());
    } catch (error) {
      // NotAllowedError: the person has closed the browser's dialog.
      if (chosen && error.name !== "AbortError" && error.name !== "NotAllowedError") tell(error.message);
    }
  };
  $("passkeys").hidden = false;
  passkey.addEventListener("click", () => signIn("required"));
  const can = PublicKeyCredential.isConditionalMediationAvailable;
  if (can) can.call(PublicKeyCredential).then((yes) => yes && signIn("conditional"));
})();
