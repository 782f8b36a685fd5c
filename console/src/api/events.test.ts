import { expect, test } from "vitest";
import { eventReader } from "./events";

const stream =
  'event: began\nid: 0-41\ndata: {"event":"began"}\n\n: a comment\nevent: changed\r\nid: 0-42\r\ndata: one\r\ndata:two\r\n\r\n';
const events = [
  { id: "0-41", event: "began", data: '{"event":"began"}' },
  { id: "0-42", event: "changed", data: "one\ntwo" },
];

test("events are read however the stream is cut", () => {
  for (let size = 1; size <= stream.length; size += 1) {
    const read = eventReader();
    const parts = stream.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    expect(parts.flatMap((part) => read(part))).toEqual(events);
  }
});

test("an event that is not complete is not told", () => {
  expect(eventReader()("data: half\n")).toEqual([]);
});
