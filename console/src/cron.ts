// Times in the five fields of crontab(5), for people: in words, and when they come next in a time zone. The server
// decides when something runs; this only shows it while one writes.

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** One field: the values that it takes, and whether it is `*`. */
type Field = { values: number[]; any: boolean; text: string };

/** The fields of a time, in order. */
export type Cron = { minute: Field; hour: Field; day: Field; month: Field; weekday: Field };

const short = (names: readonly string[]) => names.map((name) => name.slice(0, 3).toLowerCase());

function fieldOf(
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
): Field | undefined {
  const numberOf = (part: string) => {
    const named = short(names).indexOf(part.toLowerCase());
    if (named >= 0) return named + least;
    return /^\d{1,2}$/.test(part) ? Number(part) : Number.NaN;
  };
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    if (!/^\d{1,2}$/.test(step) || Number(step) === 0) return undefined;
    let [from, to] = [least, most];
    if (range !== "*") {
      const [first = "", last] = range.split("-");
      from = numberOf(first);
      to = last === undefined ? (part.includes("/") ? most : from) : numberOf(last);
    }
    // Sunday may also be 7.
    const limit = names === DAYS ? 7 : most;
    if (Number.isNaN(from) || Number.isNaN(to) || from < least || to > limit || from > to) return undefined;
    for (let value = from; value <= to; value += Number(step)) values.add(names === DAYS ? value % 7 : value);
  }
  return { values: [...values].sort((a, b) => a - b), any: text.startsWith("*"), text };
}

/** The fields of a time; undefined if it is not one. */
export function parseCron(text: string): Cron | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 5) return undefined;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = parts;
  const fields = {
    minute: fieldOf(minute, 0, 59),
    hour: fieldOf(hour, 0, 23),
    day: fieldOf(day, 1, 31),
    month: fieldOf(month, 1, 12, MONTHS),
    weekday: fieldOf(weekday, 0, 6, DAYS),
  };
  return Object.values(fields).every(Boolean) ? (fields as Cron) : undefined;
}

const two = (number: number) => String(number).padStart(2, "0");
const list = new Intl.ListFormat("en", { type: "conjunction" });
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const endings: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinal = (number: number) => `${number}${endings[ordinals.select(number)] ?? "th"}`;

/** Values as runs: 1 to 5, or one after the other. */
function namedRun(values: number[], name: (value: number) => string): string {
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  if (values.length > 2 && last - first === values.length - 1) return `${name(first)} to ${name(last)}`;
  return list.format(values.map(name));
}

/** A step over a whole field: `*\/15`. */
const stepOf = (field: Field) => /^\*\/(\d+)$/.exec(field.text)?.[1];

function timeText({ minute, hour }: Cron): string {
  const minuteStep = stepOf(minute);
  if (minute.text === "*" && hour.text === "*") return "every minute";
  if (minuteStep && hour.text === "*") return `every ${minuteStep} minutes`;
  if (hour.text === "*" && minute.values.length === 1)
    return minute.values[0] === 0 ? "every hour" : `every hour at :${two(minute.values[0] ?? 0)}`;
  const hourStep = stepOf(hour);
  if (hourStep && minute.values.length === 1)
    return `every ${hourStep} hours at :${two(minute.values[0] ?? 0)}`;
  if (hour.values.length * minute.values.length <= 4) {
    const times = hour.values.flatMap((h) => minute.values.map((m) => `${two(h)}:${two(m)}`));
    return `at ${list.format(times)}`;
  }
  const minutes = minuteStep
    ? `every ${minuteStep} minutes`
    : minute.text === "*"
      ? "every minute"
      : `at minute ${list.format(minute.values.map(String))}`;
  return hour.text === "*"
    ? `${minutes} of every hour`
    : `${minutes} from ${namedRun(hour.values, (h) => `${two(h)}:00`)}`;
}

function dayText({ day, month, weekday }: Cron): string {
  const months =
    month.any && month.values.length === 12
      ? ""
      : ` in ${namedRun(month.values, (m) => MONTHS[m - 1] ?? "")}`;
  const days = `on the ${namedRun(day.values, ordinal)}${months === "" ? " of each month" : ""}`;
  const weekdays =
    weekday.values.length === 1
      ? `every ${DAYS[weekday.values[0] ?? 0]}`
      : namedRun(weekday.values, (value) => DAYS[value] ?? "");
  const allDays = day.any && day.values.length === 31;
  const allWeekdays = weekday.any && weekday.values.length === 7;
  if (allDays && allWeekdays) return months === "" ? "every day" : `every day${months}`;
  if (allDays) return `${weekdays}${months}`;
  if (allWeekdays) return `${days}${months}`;
  // As in cron: if neither begins with *, either is enough.
  return day.any || weekday.any
    ? `${weekdays} if it is ${days}${months}`
    : `${days} and ${weekdays}${months}`;
}

/** A time in words: "Monday to Friday at 02:30"; undefined if it is not one. */
export function cronText(text: string): string | undefined {
  const cron = parseCron(text);
  if (!cron) return undefined;
  const time = timeText(cron);
  const day = dayText(cron);
  if (day === "every day" && time.startsWith("every")) return time;
  return `${day}${time.startsWith("every") ? ", " : " "}${time}`;
}

/** The parts of a moment on the clock of a zone. */
type Clock = { year: number; month: number; day: number; hour: number; minute: number };

const formats = new Map<string, Intl.DateTimeFormat>();

function clockIn(zone: string, moment: number): Clock {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(
    format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]),
  );
  return parts as Clock;
}

const asUtc = ({ year, month, day, hour, minute }: Clock) => Date.UTC(year, month - 1, day, hour, minute);

/** When a clock in a zone shows a time: the first of two such moments; where clocks skip it, as much later. */
function momentOf(zone: string, clock: Clock): number {
  const wanted = asUtc(clock);
  const offsets = [-86_400_000, 86_400_000].map((near) => {
    const moment = wanted + near;
    return asUtc(clockIn(zone, moment)) - moment;
  });
  const [before = 0, after = 0] = offsets;
  const early = wanted - Math.max(before, after);
  if (asUtc(clockIn(zone, early)) === wanted) return early;
  const late = wanted - Math.min(before, after);
  if (asUtc(clockIn(zone, late)) === wanted) return late;
  return wanted - before;
}

/** The next moments of a time in a zone, at most `count`, within five years. Throws RangeError for an unknown zone. */
export function nextRuns(text: string, zone: string, from: Date, count: number): Date[] {
  const cron = parseCron(text);
  if (!cron) return [];
  const runs: Date[] = [];
  const now = clockIn(zone, from.getTime());
  const firstDay = Date.UTC(now.year, now.month - 1, now.day);
  for (let offset = 0; offset < 5 * 366 && runs.length < count; offset += 1) {
    const date = new Date(firstDay + offset * 86_400_000);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if (!cron.month.values.includes(month)) continue;
    const onDay = cron.day.values.includes(day);
    const onWeekday = cron.weekday.values.includes(date.getUTCDay());
    if (cron.day.any || cron.weekday.any ? !(onDay && onWeekday) : !(onDay || onWeekday)) continue;
    for (const hour of cron.hour.values) {
      for (const minute of cron.minute.values) {
        const moment = momentOf(zone, { year, month, day, hour, minute });
        if (moment <= from.getTime() || moment === runs.at(-1)?.getTime()) continue;
        runs.push(new Date(moment));
        if (runs.length === count) return runs;
      }
    }
  }
  return runs;
}

/** Whether the browser knows a time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** A moment on the clock of a zone: "Mon, 30 Nov, 02:30". */
export function inZone(moment: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(moment);
}
