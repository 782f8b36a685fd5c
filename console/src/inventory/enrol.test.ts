import { expect, test } from "vitest";
import { enrolLines } from "./enrol";

test("the lines quote what was typed, and keep the key out of the arguments", () => {
  const lines = enrolLines({ server: "https://x'; rm -rf ~ #", key: "blw_enrol_abc", certificate: true });
  expect(lines.split("\n").at(-1)).toBe(
    `bailiwick agent --server 'https://x'\\''; rm -rf ~ #' --enrol-file /etc/bailiwick/enrol.key --ca certificate.pem`,
  );
  expect(lines).toContain("<<'KEY'\nblw_enrol_abc\nKEY\n");
});
