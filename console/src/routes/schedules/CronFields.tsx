import { cronText, inZone, isZone, nextRuns } from "../../cron";
import { Button } from "../../parts/Button";
import { TextField } from "../../parts/Form";
import { exactTime, useNow } from "../../parts/Time";
import { words } from "../../words/schedules";
import style from "./Schedules.module.css";

const text = words.cron;
/** How many of the next times are shown. */
const RUNS = 3;

/** The zone of this browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

type CronFieldsProps = {
  label?: string;
  cron: string;
  zone: string;
  onChange: (changes: { cron?: string; zone?: string }) => void;
};

/** When something comes, with what that means in words. */
export function CronFields({ label = text.label, cron, zone, onChange }: CronFieldsProps) {
  const said = cronText(cron);
  return (
    <div className={style.stack}>
      <div className={style.pair}>
        <div className={style.stack}>
          <TextField
            name="cron"
            label={label}
            hint={text.hint}
            value={cron}
            error={cron.trim() !== "" && said === undefined ? text.wrong : undefined}
            onChange={(event) => onChange({ cron: event.target.value })}
          />
          <div className={style.row} role="group" aria-label={text.presets}>
            {Object.entries(text.preset).map(([value, name]) => (
              <Button
                key={value}
                small
                aria-pressed={cron === value}
                onClick={() => onChange({ cron: value })}
              >
                {name}
              </Button>
            ))}
          </div>
        </div>
        <TextField
          name="time_zone"
          label={text.zone}
          list="zones"
          value={zone}
          error={isZone(zone) ? undefined : text.wrongZone}
          onChange={(event) => onChange({ zone: event.target.value })}
        />
        <datalist id="zones">
          {["UTC", ...Intl.supportedValuesOf("timeZone")].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <NextTimes cron={cron} zone={zone} />
    </div>
  );
}

/** The next times in the zone of the schedule, and in the person's own. */
export function NextTimes({ cron, zone }: { cron: string; zone: string }) {
  const now = useNow();
  const said = cronText(cron);
  if (said === undefined || !isZone(zone)) return null;
  const runs = nextRuns(cron, zone, now, RUNS);
  const same = zone === ownZone();
  return (
    <div className={style.next}>
      <p className={style.said}>{said}</p>
      {runs.length === 0 ? <p className={style.soft}>{text.never}</p> : null}
      {runs.length > 0 ? (
        <>
          <p className={style.soft}>{same ? text.next : text.nextIn(zone)}</p>
          <ul>
            {runs.map((run) => (
              <li key={run.getTime()}>
                <time dateTime={run.toISOString()}>{inZone(run, zone)}</time>
                {same ? null : <span className={style.soft}> ({text.yours(inZone(run, ownZone()))})</span>}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}

/** A moment on the clock of a zone, with the person's own beside it if that differs. */
export function ZonedTime({ value, zone }: { value: string | null; zone: string }) {
  if (value === null || !isZone(zone)) return null;
  const moment = new Date(value);
  const there = inZone(moment, zone);
  const here = inZone(moment, ownZone());
  return (
    <time dateTime={value} title={exactTime(moment)}>
      {there}
      {there === here ? null : <span className={style.soft}> ({text.yours(here)})</span>}
    </time>
  );
}
