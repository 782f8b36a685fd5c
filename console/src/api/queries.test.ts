import { expect, test } from "vitest";
import { QueryClient } from "@tanstack/react-query";
import { markStale } from "./queries";

test("only what is about the noun becomes stale", async () => {
  const client = new QueryClient();
  client.setQueryData(["keys.list", null, {}], { items: [] });
  client.setQueryData(["nodes.list", null, {}], { items: [] });
  client.setQueryData(["catalogue.get"], {});
  await markStale(client, ["keys"]);
  expect(client.getQueryState(["keys.list", null, {}])?.isInvalidated).toBe(true);
  expect(client.getQueryState(["nodes.list", null, {}])?.isInvalidated).toBe(false);
  expect(client.getQueryState(["catalogue.get"])?.isInvalidated).toBe(false);
});
