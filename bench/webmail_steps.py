"""What bench/webmail.py measures, a function for each: (browser, base, smtp port) -> rows.

A row is what it is, the values, and the budget for median and 95th percentile.
"""

import asyncio
import random
import time

from tests.webmail.browser import open_page

from bench.big_account import ADDRESS, PASSWORD

VIEW = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
ROWS = ".rows .row:not(.blank)"

# Runs before anything of a page: notes when the first row stood there.
FIRST = f"""window.first = new Promise(done => {{
  const look = () => requestAnimationFrame(
    () => document.querySelector({ROWS!r}) ? done(performance.now()) : look());
  look(); }});"""

# timed(act, until): milliseconds from an act to the frame in which a condition holds.
TIMED = """window.timed = (act, until, most = 8000) => new Promise((done, fail) => {
  const began = performance.now();
  act();
  const look = () => {
    const now = performance.now();
    if (until()) done(now - began);
    else if (now - began > most) fail(new Error("never: " + until));
    else requestAnimationFrame(look);
  };
  look();
});
window.rest = pause => new Promise(done => setTimeout(done, pause));
window.press = key => document.body.dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
window.kept = async () => {
  await navigator.serviceWorker.ready;
  while (!await caches.match("/")) await rest(50);
  await rest(500);
};
window.settled = () => {
  const box = document.querySelector(".rows").getBoundingClientRect();
  const seen = [...document.querySelectorAll(".rows .row")].filter(row => {
    const at = row.getBoundingClientRect();
    return at.bottom > box.top && at.top < box.bottom;
  });
  return seen.length > 5 && seen.every(row => !row.classList.contains("blank"));
};
window.body = () => {
  const frame = document.querySelector(".reading .body-frame");
  return document.querySelector(".reading .plain") || (frame && frame.clientHeight !== 160);
};"""


async def signed_in(browser, base):
    page = await open_page(browser, **VIEW)
    await page.add_init_script(FIRST + TIMED)
    answer = await page.context.request.post(
        f"{base}/auth/sign-in",
        data={"username": ADDRESS, "password": PASSWORD, "stay": True},
        headers={"origin": base, "sec-fetch-site": "same-origin"},
    )
    assert answer.ok, await answer.text()
    return page


async def opened(browser, base):
    page = await signed_in(browser, base)
    await page.goto(base)
    await page.locator(ROWS).first.wait_for()
    await page.wait_for_load_state("networkidle")
    return page


async def first_load(browser, base, _smtp):
    """A browser that was never here; and one that was."""
    cold, octets, again = [], [], []
    for number in range(12):
        page = await signed_in(browser, base)
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        got = []
        session.on("Network.loadingFinished", lambda event, got=got: got.append(event))
        await page.goto(base)
        took = await page.evaluate("first")
        if number > 1:  # each worker has read the account
            cold.append(took)
            octets.append(sum(event["encodedDataLength"] for event in got) / 1000)
        await page.wait_for_load_state("networkidle")
        await page.evaluate("kept()")
        for visit in range(3):
            await page.goto(base)
            took = await page.evaluate("first")
            if number > 1 and visit:
                again.append(took)
            await page.wait_for_load_state("networkidle")
        await page.context.close()
    return [
        ("first load, cold, to the list", cold, (600, 1000)),
        ("octets until then, as sent: KB", octets, (120, 120)),
        ("return visit, to the list", again, (200, 400)),
    ]


async def folders(browser, base, _smtp):
    page = await opened(browser, base)
    found = await page.evaluate("""async () => {
      const link = name => [...document.querySelectorAll(".place a")]
        .find(a => a.querySelector(".place-name").textContent === name);
      const first = () => document.querySelector(".rows .row:not(.blank)")?.id;
      const found = [];
      for (let n = 0; n < 31; n++) {
        const name = n % 2 ? "Inbox" : "Archive", before = first();
        const took = await timed(() => link(name).click(), () => {
          const now = first();
          return now && now !== before && settled()
            && document.querySelector(".list-name").textContent === name; });
        if (n) found.push(took);
        await rest(120);
      }
      return found; }""")
    await page.context.close()
    return [("switch folder", found, (80, 200))]


async def messages(browser, base, _smtp):
    page = await opened(browser, base)
    walk = """async ([count, far]) => {
      const found = [];
      for (let n = 0; n < count; n++) {
        if (far) {
          document.querySelector(".rows").scrollTop = 300 * 64 + n * 64 * 9;
          await timed(() => {}, () => settled());
          await rest(150);
        }
        const subject = () => document.querySelector(".reading-subject")?.textContent;
        const was = subject();
        const rows = [...document.querySelectorAll(".rows .row:not(.blank)")];
        found.push(await timed(
          () => far ? rows[Math.floor(rows.length / 2)].click() : press("j"),
          () => subject() && subject() !== was && body()));
        await rest(500);
      }
      return found; }"""
    fresh = await page.evaluate(walk, [30, True])
    await page.goto(base)
    await page.locator(ROWS).nth(3).click()
    await page.locator(".reading-subject").wait_for()
    await page.wait_for_timeout(1000)
    near = await page.evaluate(walk, [40, False])
    await page.context.close()
    return [
        ("open the next message", near, (60, 200)),
        ("open a message out of the blue", fresh, (150, 400)),
    ]


async def scrolling(browser, base, _smtp):
    page = await opened(browser, base)
    frames, blank, seen = await page.evaluate("""async () => {
      const box = document.querySelector(".rows"), frames = [];
      let blank = 0, seen = 0;
      await new Promise(done => {
        const began = performance.now();
        let last = began;
        const step = now => {
          frames.push(now - last); last = now;
          seen += 1;
          if (!settled()) blank += 1;
          if (now - began > 6000) return done();
          box.scrollTop += 60;
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      });
      return [frames.slice(2), blank, seen]; }""")
    jumps = await page.evaluate("""async places => {
      const box = document.querySelector(".rows"), found = [];
      for (const place of places) {
        found.push(await timed(() => { box.scrollTop = box.scrollHeight * place; },
          () => settled()));
        await rest(150);
      }
      return found; }""", [random.Random(n).random() for n in range(40)])  # fmt: skip
    await page.context.close()
    return [
        ("scroll: one frame", frames, (33, 33)),
        ("scroll: frames with a blank row: %", [100 * blank / seen], (1, 1)),
        ("jump anywhere", jumps, (100, 250)),
    ]


async def search(browser, base, _smtp):
    page = await opened(browser, base)
    words = ["mar", "kari", "lobe", "dima ra", "from:ida", "from:hugo ko", "subject:fe", "ranedi"]
    found = []
    for word in words:
        await page.goto(base)
        await page.locator(ROWS).first.wait_for()
        await page.keyboard.press("/")
        for letter in word[:-1]:
            await page.keyboard.press(letter)
            await page.wait_for_timeout(110)
        await page.wait_for_timeout(400)
        found += await page.evaluate(
            """async letter => {
          const input = document.querySelector(".search-box input"), before = input.value;
          const chips = () => document.querySelector(".understood")?.textContent;
          const count = () => document.querySelector(".search-count")?.textContent ?? "";
          const had = chips(), found = [];
          for (let n = 0; n < 4; n++) {
            found.push(await timed(
              () => { input.value = before + letter;
                input.dispatchEvent(new Event("input", {bubbles: true})); },
              () => chips() && chips() !== had && / message/.test(count()) && (settled()
                || parseInt(count()) < 9)));
            await rest(300);
            input.value = before; input.dispatchEvent(new Event("input", {bubbles: true}));
            await timed(() => {}, () => chips() === had);
            await rest(400);
          }
          return found; }""",
            word[-1],
        )
    await page.context.close()
    return [("search as one types, first 50", found, (150, 400))]


async def acting(browser, base, _smtp):
    page = await opened(browser, base)
    found = await page.evaluate("""async () => {
      const found = [];
      for (let n = 0; n < 20; n++) {
        press(n ? "j" : "k");
        await rest(200);
        const id = document.querySelector(".row[data-cursor]").id;
        const began = performance.now();
        press("e");
        await new Promise(done => {
          const look = () => document.getElementById(id) ? queueMicrotask(look) : done();
          look(); });
        found.push(performance.now() - began);
        await rest(300);
        press("z");
        await rest(500);
      }
      return found; }""")
    await page.context.close()
    return [("archive: the row is gone", found, (16, 16))]


async def arriving(browser, base, smtp):
    page = await opened(browser, base)
    found = []
    for number in range(12):
        subject = f"Just now {time.monotonic_ns()}"
        seen = asyncio.ensure_future(
            page.locator(".row-subject", has_text=subject).first.wait_for(timeout=20_000)
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", smtp)
        text = f"From: a@mail1.example\r\nSubject: {subject}\r\n\r\n{number}\r\n.\r\n"
        for line in (b"EHLO client.example", b"MAIL FROM:<a@mail1.example>",
                     f"RCPT TO:<{ADDRESS}>".encode(), b"DATA", text.encode()):  # fmt: skip
            reply = await reader.readline()
            while reply[3:4] == b"-":
                reply = await reader.readline()
            writer.write(line + b"\r\n" * (line != text.encode()))
        reply = await reader.readline()
        assert reply.startswith(b"250"), reply
        began = time.perf_counter()
        await seen
        found.append((time.perf_counter() - began) * 1000)
        writer.close()
        await asyncio.sleep(0.5)
    await page.context.close()
    return [("new mail on the open page", found, (1000, 1000))]


STEPS = {
    "load": first_load,
    "folders": folders,
    "messages": messages,
    "scroll": scrolling,
    "search": search,
    "act": acting,
    "arrive": arriving,
}
