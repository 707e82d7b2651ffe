// The lab's page works without this file; with it, scenes play in place and traces appear live.
"use strict";

const feed = document.getElementById("feed");

function toFragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made and escaped by our own server
  return template.content;
}

if (feed && "EventSource" in window) {
  const events = new EventSource("/events");
  events.addEventListener("trace", (event) => {
    const item = toFragment(event.data).firstElementChild;
    const link = item.querySelector("a").getAttribute("href");
    for (const old of feed.querySelectorAll("a")) {
      if (old.getAttribute("href") === link) old.parentElement.remove();
    }
    item.classList.add("new");
    feed.prepend(item);
    while (feed.children.length > 60) feed.lastElementChild.remove();
  });
  events.addEventListener("outcome", (event) => {
    const [name, ...html] = event.data.split("\n");
    const card = document.getElementById("scene-" + name);
    if (!card) return;
    card.querySelector(".outcome").replaceWith(toFragment(html.join("\n")));
    const button = card.querySelector("button");
    button.disabled = false;
    button.textContent = "Play again";
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.play || !feed) return;
  event.preventDefault();
  const buttons = form.dataset.play === "all"
    ? document.querySelectorAll("[data-play] button") : form.querySelectorAll("button");
  for (const button of buttons) {
    button.disabled = true;
    button.textContent = "Playing …";
  }
  const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/plain" } })
    .catch(() => null);
  if (form.dataset.play === "all" || !answer || !answer.ok) {
    for (const button of buttons) button.disabled = false;
    if (form.dataset.play === "all") buttons[0].textContent = "Play all again";
  }
});
