import { expect, test } from "vitest";
import { bodyOf, changesOf, filledIn, readFields, type FieldSpec } from "./spec";

const specs: FieldSpec[] = [
  { name: "name", label: "Name", kind: "text" },
  { name: "port", label: "Port", kind: "number" },
  { name: "labels", label: "Labels", kind: "labels" },
  { name: "settings.disabled_collectors", label: "Collectors", kind: "list" },
  { name: "settings.tls", label: "TLS", kind: "flag" },
];

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

test("what was typed becomes what the server takes", () => {
  const data = form({
    name: "  db-1 ",
    port: "3306",
    labels: '{"env":"prod"}',
    "settings.disabled_collectors": "cpu, disk",
  });
  expect(bodyOf(filledIn(readFields(specs, data)))).toEqual({
    name: "db-1",
    port: 3306,
    labels: { env: "prod" },
    settings: { disabled_collectors: ["cpu", "disk"] },
  });
});

test("a number that is none is sent as it is, so that the server says what is wrong", () => {
  expect(readFields(specs, form({ port: "33x" })).port).toBe("33x");
});

test("an edit sends only what differs, and clears with null", () => {
  const before = { name: "db-1", port: 3306, labels: { b: "2", a: "1" }, "settings.tls": false };
  const after = { name: "db-1", port: null, labels: { a: "1", b: "2" }, "settings.tls": true };
  expect(bodyOf(changesOf(before, after))).toEqual({ port: null, settings: { tls: true } });
});
