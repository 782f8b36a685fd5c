import { useQuery } from "@tanstack/react-query";
import { queryOf } from "../../api/queries";
import type { AnswerOf, BodyOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { CheckField, Form, SelectField, TextArea, TextField } from "../../parts/Form";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { words } from "../../words/schedules";
import { CronFields } from "../schedules/CronFields";

const text = words.windows;
/** How long a window may stay open, in seconds. */
const DURATIONS = [1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400, 172_800, 604_800];

/** What a person has written of a window. */
export type WindowDraft = {
  name: string;
  description: string;
  selector: string;
  site: string;
  cron: string;
  zone: string;
  /** In seconds. */
  duration: number;
  enabled: boolean;
};

export const blankWindow = (zone: string): WindowDraft => ({
  name: "",
  description: "",
  selector: "",
  site: "",
  cron: "0 2 * * *",
  zone,
  duration: 10_800,
  enabled: true,
});

/** The draft of a window as it is. */
export function draftOfWindow(window: AnswerOf<"maintenance_windows.get">): WindowDraft {
  return {
    name: window.name,
    description: window.description ?? "",
    selector: window.selector,
    site: window.site_id ?? "",
    cron: window.cron,
    zone: window.time_zone,
    duration: window.duration_seconds,
    enabled: window.enabled,
  };
}

/** The body that makes the window of a draft. */
export function windowBody(draft: WindowDraft): BodyOf<"maintenance_windows.create"> {
  return {
    name: draft.name.trim(),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    selector: draft.selector,
    ...(draft.site ? { site: draft.site } : {}),
    cron: draft.cron.trim(),
    time_zone: draft.zone.trim(),
    duration_seconds: draft.duration,
    enabled: draft.enabled,
  };
}

type WindowFormProps = {
  draft: WindowDraft;
  onChange: (draft: WindowDraft) => void;
  onSubmit: () => Promise<unknown>;
  verb: string;
  needs: "maintenance_windows.create" | "maintenance_windows.update";
};

/** The fields of a maintenance window. */
export function WindowForm({ draft, onChange, onSubmit, verb, needs }: WindowFormProps) {
  const change = (changes: Partial<WindowDraft>) => onChange({ ...draft, ...changes });
  const sites = useQuery(queryOf("sites.list", { query: { limit: 1000 } }));
  const durations = DURATIONS.includes(draft.duration)
    ? DURATIONS
    : [...DURATIONS, draft.duration].sort((a, b) => a - b);
  return (
    <Form
      onSubmit={onSubmit}
      ignore={({ code }) => code === "changed"}
      buttons={(busy) => (
        <Button type="submit" kind="main" busy={busy} needs={needs}>
          {verb}
        </Button>
      )}
    >
      <TextField
        name="name"
        label={text.name}
        required
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextArea
        name="description"
        label={words.form.description}
        optional
        rows={2}
        value={draft.description}
        onChange={(event) => change({ description: event.target.value })}
      />
      <LabelSelectorBox
        name="selector"
        label={text.selector}
        value={draft.selector}
        onChange={(selector) => change({ selector })}
      />
      <SelectField
        name="site"
        label={text.site}
        hint={text.siteHint}
        value={draft.site}
        onChange={(event) => change({ site: event.target.value })}
      >
        <option value="">{text.anySite}</option>
        {(sites.data?.items ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <CronFields
        label={text.when}
        cron={draft.cron}
        zone={draft.zone}
        onChange={({ cron, zone }) => change({ cron: cron ?? draft.cron, zone: zone ?? draft.zone })}
      />
      <SelectField
        name="duration_seconds"
        label={text.duration}
        value={draft.duration}
        onChange={(event) => change({ duration: Number(event.target.value) })}
      >
        {durations.map((seconds) => (
          <option key={seconds} value={seconds}>
            {text.hours(seconds)}
          </option>
        ))}
      </SelectField>
      <CheckField
        label={text.enabled}
        hint={text.enabledHint}
        checked={draft.enabled}
        onChange={(event) => change({ enabled: event.target.checked })}
      />
    </Form>
  );
}
