import { describe, expect, it } from "vitest";
import { isAddress, parseAddresses, parseMailto } from "../src/screens/compose/address";
import { prefixed, quoted, reply, speaksOfAttachment, type Original } from "../src/screens/compose/answer";

const ORIGINAL: Original = {
  id: "e1", from: [{ name: "Bob", email: "bob@b.example" }], to: [{ name: null, email: "me@a.example" }, { name: null, email: "Dora@b.example" }],
  cc: [{ name: null, email: "carol@c.example" }, { name: null, email: "ME@a.example" }], replyTo: null, subject: "Plan",
  messageId: ["1@b.example"], references: ["0@b.example"], text: "",
};

describe("addresses", () => {
  it.each([
    ["", []],
    ["a@b.example", [{ name: null, email: "a@b.example" }]],
    ['"Berg, Anna" <anna@b.example>; x@y.example', [{ name: "Berg, Anna", email: "anna@b.example" }, { name: null, email: "x@y.example" }]],
    ["Ann <a@b.example> Ben <c@d.example>", [{ name: "Ann", email: "a@b.example" }, { name: "Ben", email: "c@d.example" }]],
    ["not an address", [{ name: null, email: "not an address" }]],
  ])("%s", (text, expected) => expect(parseAddresses(text)).toEqual(expected));

  it("knows which can be sent to", () => {
    expect(["a@b.example", "ü@bücher.example"].every(isAddress)).toBe(true);
    expect(["a", "a@", "a b@c.example", "a@b..example", "a@b.example."].some(isAddress)).toBe(false);
  });

  it("reads mailto links, and nothing that hides from the writer", () => {
    const found = parseMailto("mailto:a@b.example?subject=Hi%20you&cc=c@d.example&body=one%0D%0Atwo&from=x@evil.example&in-reply-to=%3C1%3E");
    expect(found).toEqual({ to: [{ name: null, email: "a@b.example" }], cc: [{ name: null, email: "c@d.example" }], bcc: [], subject: "Hi you", body: "one\ntwo" });
    for (const odd of ["", "mailto:", "mailto:%", "mailto:?&&&=&subject=%zz", "javascript:alert(1)", `mailto:${"a@b,".repeat(5000)}`]) expect(() => parseMailto(odd)).not.toThrow();
    expect(parseMailto("mailto:a@b.example?subject=x%0D%0ABcc:%20y@z.example").subject).toBe("x Bcc: y@z.example");
  });
});

describe("answers", () => {
  it("go to the sender, or to all but oneself", () => {
    expect(reply(ORIGINAL, ["me@a.example"], false)).toMatchObject({ to: [{ email: "bob@b.example" }], cc: [], subject: "Re: Plan", inReplyTo: ["1@b.example"], references: ["0@b.example", "1@b.example"] });
    expect(reply(ORIGINAL, ["me@a.example"], true).cc.map((one) => one.email)).toEqual(["Dora@b.example", "carol@c.example"]);
  });
  it("follow Reply-To", () => {
    expect(reply({ ...ORIGINAL, replyTo: [{ name: null, email: "list@l.example" }] }, ["me@a.example"], false).to).toEqual([{ name: null, email: "list@l.example" }]);
  });
  it("to one's own message go on to its recipients", () => {
    expect(reply({ ...ORIGINAL, from: [{ name: null, email: "me@a.example" }], to: [{ name: null, email: "dora@b.example" }] }, ["me@a.example"], false).to).toEqual([{ name: null, email: "dora@b.example" }]);
  });
  it("do not heap up prefixes", () => {
    expect([prefixed("Re", "AW: Plan"), prefixed("Re", "Plan"), prefixed("Fwd", "WG: Plan")]).toEqual(["AW: Plan", "Re: Plan", "WG: Plan"]);
  });
  it("quote by lines", () => expect(quoted("a\n> b\n\n")).toBe("> a\n>> b"));
  it("notice that something should be attached", () => {
    expect(speaksOfAttachment("", "Im Anhang der Plan.")).toBe(true);
    expect(speaksOfAttachment("", "> I attached the plan\nThanks")).toBe(false);
  });
});
