import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/queries";
import type { BodyOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { CheckField, Form, SelectField, TextArea } from "../../parts/Form";
import { Page, Section } from "../../parts/Page";
import { CountToConfirm, TargetPicker, useResolved, whyNot, withChosen } from "../../parts/TargetPicker";
import { useOnce } from "../../once";
import { usePageSearch } from "../../search";
import type { Targets } from "../../targets";
import { words as commandWords } from "../../words/commands";
import { words as targetWords } from "../../words/targets";
import { words } from "../../words/updates";
import { DurationField } from "../commands/DurationField";
import { Limits } from "../commands/Limits";

const text = words.run;
type Which = keyof typeof text.choices;

/** Scans nodes for updates, or installs them. */
export function RunUpdates({ kind }: { kind: "scan" | "install" }) {
  const [search, setSearch] = usePageSearch();
  const navigate = useNavigate();
  const [names, setNames] = useState((search.names ?? "").split(",").filter(Boolean).join("\n"));
  const [ignore, setIgnore] = useState(false);
  const [ttl, setTtl] = useState(3_600);
  const [typed, setTyped] = useState("");
  const once = useOnce();
  const scan = useChange("updates.scan", { stale: ["commands"] });
  const install = useChange("updates.install", { stale: ["commands"] });
  const resolved = useResolved(search);
  const which = (search.which as Which | undefined) ?? "security";
  const listed = names
    .split("\n")
    .map((name) => name.trim())
    .filter(Boolean);
  const targets = resolved.data?.targets ?? ({} as Targets);
  const scanBody: BodyOf<"updates.scan"> = { targets, ttl_seconds: ttl };
  const installBody: BodyOf<"updates.install"> = {
    targets,
    updates: which === "names" ? { names: listed } : which,
    ttl_seconds: ttl,
    ...(ignore ? { ignore_maintenance_windows: true } : {}),
  };
  const scanning = kind === "scan";
  const reason =
    whyNot(resolved, typed) ??
    (!scanning && which === "names" && listed.length === 0 ? text.noNames : undefined);
  const count = resolved.data?.count;
  const verb = scanning ? text.submitScan : text.submitInstall;
  return (
    <Page
      title={scanning ? text.scanTitle : text.installTitle}
      lead={scanning ? text.scanLead : text.installLead}
      up={{ to: "/updates", label: words.up }}
      narrow
      apiCall={
        scanning
          ? { operation: "updates.scan", body: scanBody }
          : { operation: "updates.install", body: installBody }
      }
    >
      <Limits />
      <Form
        onSubmit={async () => {
          const given = await withChosen(resolved, () =>
            scanning
              ? once(scanBody, (idempotencyKey) => scan.mutateAsync({ body: scanBody, idempotencyKey }))
              : once(installBody, (idempotencyKey) =>
                  install.mutateAsync({ body: installBody, idempotencyKey }),
                ),
          );
          await navigate({ to: "/commands/$command", params: { command: given.id } });
        }}
        buttons={(busy) => (
          <Button
            type="submit"
            kind="main"
            busy={busy}
            needs={scanning ? "updates.scan" : "updates.install"}
            reason={reason}
          >
            {count === undefined ? (scanning ? words.scan : words.install) : verb(count)}
          </Button>
        )}
      >
        <Section title={targetWords.title}>
          <TargetPicker search={search} onChange={setSearch} ttl={ttl} resolved={resolved} />
        </Section>
        {scanning ? null : (
          <Section title={text.which}>
            <SelectField
              name="updates"
              label={text.which}
              value={which}
              onChange={(event) => setSearch({ which: event.target.value })}
            >
              {Object.entries(text.choices).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </SelectField>
            {which === "names" ? (
              <TextArea
                name="updates.names"
                label={text.names}
                hint={text.namesHint}
                rows={4}
                value={names}
                onChange={(event) => setNames(event.target.value)}
              />
            ) : null}
            <CheckField
              label={text.ignore}
              hint={text.ignoreHint}
              checked={ignore}
              onChange={(event) => setIgnore(event.target.checked)}
            />
          </Section>
        )}
        <DurationField
          name="ttl_seconds"
          label={commandWords.create.ttl}
          value={ttl}
          onChange={setTtl}
          most={2_592_000}
        />
        <CountToConfirm resolved={resolved.data} typed={typed} onChange={setTyped} />
      </Form>
    </Page>
  );
}
