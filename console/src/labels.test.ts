import { expect, test } from "vitest";
import { selectorError } from "./labels";
import { words } from "./words";

test.each([
  "",
  "env=prod",
  "env = prod , tier in (web, db),!legacy",
  "a==b",
  "a!=b",
  'note="two, words"',
  "a notin (x)",
  "legacy",
  "zone=eu-1/a:b.c",
])("%j is right", (selector) => {
  expect(selectorError(selector)).toBeUndefined();
});

test.each([
  ["=prod", 1, words.labels.expectKey],
  ["env=", 5, words.labels.expectValue],
  ["env=prod,", 10, words.labels.expectKey],
  ["tier in web", 9, words.labels.expectOpen],
  ["tier in (web", 13, words.labels.expectClose],
  ['note="open', 6, words.labels.openQuote],
  ["env prod", 5, words.labels.expectOperator],
  ["env=prod tier=web", 10, words.labels.expectComma],
  ["env=<img src=x>", 5, words.labels.expectValue],
])("%j is wrong at %i", (selector, position, text) => {
  expect(selectorError(selector)).toEqual({ position, text });
});
