import { describe, expect, it } from "vitest";
import { MAX_TERMS, octetsOf, parse, tokens, type Labels } from "../src/screens/search/parse";

const LABELS: Labels = { keywords: new Map([["work", "work"], ["to read", "to_read"]]), mailboxes: new Map([["inbox", "m1"], ["junk", "m5"]]) };
const NOW = new Date("2026-05-20T12:00:00Z");
const filter = (query: string) => parse(query, LABELS, NOW).filter;

describe("what a search means", () => {
  it.each([
    ["", null],
    ["lunch", { text: "lunch" }],
    ["lunch harbour", { operator: "AND", conditions: [{ text: "lunch" }, { text: "harbour" }] }],
    ['"at noon"', { text: '"at noon"' }],
    ["from:anna", { from: "anna" }],
    ['subject:"the plan"', { subject: '"the plan"' }],
    ["FROM:anna", { from: "anna" }],
    ["-from:anna", { operator: "NOT", conditions: [{ from: "anna" }] }],
    ["a OR b", { operator: "OR", conditions: [{ text: "a" }, { text: "b" }] }],
    ["a b OR c d", { operator: "AND", conditions: [{ text: "a" }, { operator: "OR", conditions: [{ text: "b" }, { text: "c" }] }, { text: "d" }] }],
    ["from:(a OR b) c", { operator: "AND", conditions: [{ operator: "OR", conditions: [{ from: "a" }, { from: "b" }] }, { text: "c" }] }],
    ["(a OR b) c", { operator: "AND", conditions: [{ operator: "OR", conditions: [{ text: "a" }, { text: "b" }] }, { text: "c" }] }],
    ["-(a b)", { operator: "NOT", conditions: [{ operator: "AND", conditions: [{ text: "a" }, { text: "b" }] }] }],
    ["has:attachment", { hasAttachment: true }],
    ["filename:plan.pdf", { attachmentName: "plan.pdf" }],
    ["in:inbox", { inMailbox: "m1" }],
    ["in:nowhere", null],
    ['label:"To read"', { hasKeyword: "to_read" }],
    ["is:unread", { notKeyword: "$seen" }],
    ["is:starred", { hasKeyword: "$flagged" }],
    ["larger:5m", { minSize: 5_000_000 }],
    ["smaller:10K", { maxSize: 10_000 }],
    ["older_than:2d", { before: "2026-05-18T12:00:00Z" }],
    ["newer_than:1w", { after: "2026-05-13T12:00:00Z" }],
    ["list:dev.lists.example", { listId: "dev.lists.example" }],
    ["auth:fail", { operator: "OR", conditions: [{ verdict: "forged" }, { verdict: "misfit" }] }],
    ["https://example.org/x", { text: "https://example.org/x" }],
    ["- alone", { operator: "AND", conditions: [{ text: "-" }, { text: "alone" }] }],
  ])("%s", (query, expected) => {
    expect(filter(query)).toEqual(expected);
  });

  it("says what it did not understand", () => {
    const problems = (query: string) => parse(query, LABELS, NOW).chips.map((chip) => chip.problem);
    expect(problems("in:nowhere label:none before:tomorrow larger:much is:odd has:wings")).toEqual([
      "unknownMailbox", "unknownLabel", "badDate", "badSize", "unknownWord", "unknownWord",
    ]);
    expect(problems('"open')).toEqual(["unclosed"]);
    expect(problems("after:2026-02-31")).toEqual(["badDate"]);
  });

  it("is bounded, and any text gives a filter", () => {
    expect(tokens("a ".repeat(10_000)).length).toBeLessThanOrEqual(MAX_TERMS * 2);
    for (const odd of ["((((((((((((((((a", "))))", "OR OR OR", "-", "--a", '"', ":", "from:", "-(", "\u0000\ud800", "a)b(c"]) {
      expect(() => JSON.stringify(parse(odd, LABELS, NOW))).not.toThrow();
    }
  });

  it("reads sizes", () => {
    expect([octetsOf("1"), octetsOf("2kb"), octetsOf("1.5m"), octetsOf("x")]).toEqual([1, 2000, 1_500_000, null]);
  });
});
