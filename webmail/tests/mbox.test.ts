import { expect, test } from "vitest";
import { isMbox, pieces, quoted, unquoted } from "../src/screens/settings/transfer/mbox";

const text = (octets: Uint8Array) => new TextDecoder().decode(octets);
const octets = (given: string) => new TextEncoder().encode(given);

test("an mbox is cut at its From lines, which count only behind a blank line", async () => {
  const file = new Blob(["From a@b.example Mon\nSubject: 1\n\nFirst\n>From me\n\nFrom c@d.example Tue\nSubject: 2\n\nNo\nFrom here\n"]);
  expect(await isMbox(file)).toBe(true);
  expect(await isMbox(new Blob(["Subject: x\r\n"]))).toBe(false);
  const found: string[] = [];
  for await (const [start, end] of pieces(file)) found.push(text(unquoted(octets(await file.slice(start, end).text()))));
  expect(found).toEqual(["Subject: 1\r\n\r\nFirst\r\nFrom me\r\n", "Subject: 2\r\n\r\nNo\r\nFrom here\r\n"]);
});

test("what is given out comes back as it was", async () => {
  const message = "Subject: x\r\n\r\nFrom the start\r\n>From quoted\r\nend\r\n";
  const file = new Blob([quoted(octets(message), "ann@example.test", "2026-03-01T12:00:00Z"), quoted(octets(message), "", "2026-03-01T12:00:00Z")]);
  expect((await file.text()).split("\n")[0]).toBe("From ann@example.test Sun Mar 01 12:00:00 2026");
  const found: string[] = [];
  for await (const [start, end] of pieces(file)) found.push(text(unquoted(octets(await file.slice(start, end).text()))));
  expect(found).toEqual([message, message]);
});
