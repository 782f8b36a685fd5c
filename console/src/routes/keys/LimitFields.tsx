import { useQuery } from "@tanstack/react-query";
import { useMe } from "../../api/me";
import { queryOf } from "../../api/queries";
import { useMay } from "../../may";
import { SelectField, TextField } from "../../parts/Form";
import { Notice } from "../../parts/States";
import { TokenField } from "../../parts/TokenField";
import { words } from "../../words/keys";
import style from "./KeyForm.module.css";
import type { DraftProps } from "./ReachFields";
import { fromLocalInput, localInput } from "./times";

const text = words.form;
const DAYS = [1, 7, 30, 90, 180, 365];
const DAY = 86_400;

/** When a key works, from where, how often, and which commands it may give. */
export function LimitFields({ draft, onChange }: DraftProps) {
  const organization = useMe()?.organization?.id;
  const may = useMay("organizations.get").allowed;
  const policy = useQuery({
    ...queryOf("organizations.get", { path: { organization: organization ?? "" } }),
    enabled: may && organization !== undefined && draft.kind === "org",
    staleTime: 60_000,
  }).data?.key_policy;
  const longest = policy?.longest_life_seconds ?? undefined;
  const longestDays = longest === undefined ? undefined : Math.floor(longest / DAY);
  const days = DAYS.filter((days) => longestDays === undefined || days <= longestDays);
  const { expiry } = draft;
  const chosen = expiry.kind === "days" ? String(expiry.days) : expiry.kind;
  const chooseExpiry = (value: string) => {
    if (value === "never") onChange({ expiry: { kind: "never" } });
    else if (value === "at")
      onChange({ expiry: { kind: "at", at: new Date(Date.now() + 30 * DAY * 1_000).toISOString() } });
    else onChange({ expiry: { kind: "days", days: Number(value) } });
  };
  return (
    <div className={style.part}>
      <h2>{text.limits}</h2>
      <SelectField
        name={expiry.kind === "days" ? "ttl_seconds" : "expires_at"}
        label={text.expiry}
        hint={longestDays === undefined ? text.expiryHint : text.policyLongest(longestDays)}
        value={chosen}
        onChange={(event) => chooseExpiry(event.target.value)}
      >
        {expiry.kind === "days" && !days.includes(expiry.days) ? (
          <option value={chosen}>{text.days(expiry.days)}</option>
        ) : null}
        {days.map((days) => (
          <option key={days} value={days}>
            {text.days(days)}
          </option>
        ))}
        <option value="at">{text.until}</option>
        <option value="never" disabled={longestDays !== undefined}>
          {text.never}
        </option>
      </SelectField>
      {expiry.kind === "at" ? (
        <TextField
          name="expires_at"
          label={text.at}
          type="datetime-local"
          value={localInput(expiry.at)}
          onChange={(event) => onChange({ expiry: { kind: "at", at: fromLocalInput(event.target.value) } })}
        />
      ) : null}
      <TokenField
        name="allowed_ips"
        label={text.allowedIps}
        hint={text.allowedIpsHint}
        optional={!policy?.require_allowed_ips}
        values={draft.allowedIps}
        onChange={(allowedIps) => onChange({ allowedIps })}
      />
      {policy?.require_allowed_ips && draft.allowedIps.length === 0 ? (
        <Notice kind="warn">{text.policyIps}</Notice>
      ) : null}
      <details
        className={style.details}
        open={draft.perMinute !== "" || draft.notBefore !== "" || draft.deniedIps.length > 0 || undefined}
      >
        <summary>{text.more}</summary>
        <div className={style.part}>
          <TokenField
            name="denied_ips"
            label={text.deniedIps}
            optional
            values={draft.deniedIps}
            onChange={(deniedIps) => onChange({ deniedIps })}
          />
          <TextField
            name="not_before"
            label={text.notBefore}
            optional
            type="datetime-local"
            value={localInput(draft.notBefore)}
            onChange={(event) => onChange({ notBefore: fromLocalInput(event.target.value) })}
          />
          <div className={style.pair}>
            <TextField
              name="rate_limit.per_minute"
              label={text.perMinute}
              optional
              type="number"
              min={1}
              inputMode="numeric"
              value={draft.perMinute}
              onChange={(event) => onChange({ perMinute: event.target.value })}
            />
            <TextField
              name="rate_limit.burst"
              label={text.burst}
              optional
              type="number"
              min={1}
              inputMode="numeric"
              value={draft.burst}
              disabled={draft.perMinute === ""}
              onChange={(event) => onChange({ burst: event.target.value })}
            />
          </div>
        </div>
      </details>
      <details
        className={style.details}
        open={
          draft.shells !== undefined || draft.scripts !== undefined || draft.mostTargets !== "" || undefined
        }
      >
        <summary>{text.commands}</summary>
        <div className={style.part}>
          <TokenField
            name="command_limits.shells"
            label={text.shells}
            hint={text.shellsHint}
            optional
            values={draft.shells ?? []}
            onChange={(shells) => onChange({ shells: shells.length > 0 ? shells : undefined })}
          />
          <TokenField
            name="command_limits.scripts"
            label={text.scripts}
            hint={text.scriptsHint}
            optional
            values={draft.scripts ?? []}
            onChange={(scripts) => onChange({ scripts: scripts.length > 0 ? scripts : undefined })}
          />
          <TextField
            name="command_limits.most_targets"
            label={text.mostTargets}
            optional
            type="number"
            min={1}
            inputMode="numeric"
            value={draft.mostTargets}
            onChange={(event) => onChange({ mostTargets: event.target.value })}
          />
        </div>
      </details>
    </div>
  );
}
