import { expect, test } from "vitest";
import { chosenColumns, moveColumn, withColumn, type Column } from "./columns";

const columns: Column<null>[] = ["name", "site", "status", "secret"].map((id) => ({
  id,
  title: id,
  cell: () => null,
  extra: id === "secret",
}));
const ids = (shown: readonly string[] | undefined) =>
  chosenColumns(columns, shown && { shown }).map(({ id }) => id);

test("the columns are those that are usual, or those that were chosen, after the first", () => {
  expect(ids(undefined)).toEqual(["name", "site", "status"]);
  expect(ids(["secret", "site"])).toEqual(["name", "secret", "site"]);
  // A column that a later version no longer has is left out.
  expect(ids(["gone", "status"])).toEqual(["name", "status"]);
});

test("a column is shown, hidden and moved", () => {
  expect(withColumn(["site"], "secret", true)).toEqual(["site", "secret"]);
  expect(withColumn(["site", "secret"], "site", false)).toEqual(["secret"]);
  expect(moveColumn(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
  expect(moveColumn(["a", "b", "c"], "c", 1)).toEqual(["a", "b", "c"]);
});
