// The metrics of a host (docs/machine-data.md, "Metrics of hosts"), as the charts show them.
import { queryOptions } from "@tanstack/react-query";
import { request, type AnswerOf } from "../../api/request";
import { currentOrganization } from "../../organization";

type Bucket = AnswerOf<"aggregated_quantities.list">["items"][number];

/** The lengths of time that one can choose, in seconds, and how long each bucket then is. */
export const ranges: Record<string, { seconds: number; bucket: number }> = {
  "1h": { seconds: 3_600, bucket: 60 },
  "6h": { seconds: 6 * 3_600, bucket: 120 },
  "24h": { seconds: 24 * 3_600, bucket: 300 },
  "7d": { seconds: 7 * 86_400, bucket: 1_800 },
  "14d": { seconds: 14 * 86_400, bucket: 3_600 },
};

/** One chart: its metrics and what is drawn of each. */
export type ChartSpec = {
  id: "cpu" | "memory" | "load" | "disks" | "network";
  metrics: { metric: string; label: string }[];
  unit: "part" | "bytes" | "bytes per second" | "number";
  /** The metrics are counters: what is drawn is how fast they rise. */
  rate?: boolean;
  /** The largest value that there can be. */
  most?: number;
};

/** A path or a name out of the end of a key: `var:lib` is `/var/lib`, `_20` a space (docs/machine-data.md, "Keys"). */
export function unescapeKey(end: string, separator: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < end.length; at += 1) {
    const hex = /^_([0-9a-f]{2})/i.exec(end.slice(at));
    if (end.startsWith("__", at)) {
      bytes.push(95);
      at += 1;
    } else if (hex?.[1]) {
      bytes.push(Number.parseInt(hex[1], 16));
      at += 2;
    } else if (end[at] === ":") bytes.push(separator.charCodeAt(0));
    else bytes.push(end.charCodeAt(at));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The end of a key after a `:`; undefined if the key begins otherwise. */
const endOf = (metric: string, begin: string) =>
  metric.startsWith(`${begin}:`) ? metric.slice(begin.length + 1) : undefined;

/** The charts of a host that has these metrics. `words` are the words for received and sent. */
export function chartsOf(metrics: readonly string[], words: { received: string; sent: string }): ChartSpec[] {
  const has = (metric: string) => metrics.includes(metric);
  const charts: ChartSpec[] = [];
  if (has("system.cpu.utilization"))
    charts.push({
      id: "cpu",
      unit: "part",
      most: 1,
      metrics: [{ metric: "system.cpu.utilization", label: "CPU" }],
    });
  const memory = [
    { metric: "system.memory.utilization", label: "RAM" },
    { metric: "system.paging.utilization", label: "Swap" },
  ].filter(({ metric }) => has(metric));
  if (memory.length > 0) charts.push({ id: "memory", unit: "part", most: 1, metrics: memory });
  const load = ["1m", "5m", "15m"]
    .map((span) => ({ metric: `system.cpu.load_average.${span}`, label: span }))
    .filter(({ metric }) => has(metric));
  if (load.length > 0) charts.push({ id: "load", unit: "number", metrics: load });
  const disks = metrics.flatMap((metric) => {
    const end = endOf(metric, "system.filesystem.utilization");
    return end === undefined ? [] : [{ metric, label: `/${unescapeKey(end, "/")}` }];
  });
  if (disks.length > 0) charts.push({ id: "disks", unit: "part", most: 1, metrics: disks });
  const network = metrics.flatMap((metric) => {
    const received = endOf(metric, "system.network.io.receive");
    const sent = endOf(metric, "system.network.io.transmit");
    if (received !== undefined) return [{ metric, label: `${unescapeKey(received, ":")} ${words.received}` }];
    return sent === undefined ? [] : [{ metric, label: `${unescapeKey(sent, ":")} ${words.sent}` }];
  });
  if (network.length > 0)
    charts.push({
      id: "network",
      unit: "bytes per second",
      rate: true,
      metrics: network.sort((a, b) => (a.label < b.label ? -1 : 1)),
    });
  return charts;
}

/** Values by time: for each line one value a bucket, null where there was none. */
export type Lines = { times: number[]; values: (number | null)[][] };

/** The lines of a chart. Buckets without a reading are gaps. */
export function linesOf(
  buckets: readonly Pick<Bucket, "metric" | "start_at" | "mean" | "last">[],
  chart: ChartSpec,
  window: { from: number; until: number; bucket: number },
): Lines {
  const first = Math.floor(window.from / window.bucket) * window.bucket;
  const count = Math.max(1, Math.ceil((window.until - first) / window.bucket));
  const times = Array.from({ length: count }, (_, index) => first + index * window.bucket);
  const values = chart.metrics.map(({ metric }) => {
    const line = Array.from({ length: count }, (): number | null => null);
    for (const bucket of buckets) {
      if (bucket.metric !== metric) continue;
      // The first bucket is cut off by the window, and begins with it.
      const at = Math.floor((Date.parse(bucket.start_at) / 1_000 - first) / window.bucket);
      if (at >= 0 && at < count) line[at] = chart.rate ? bucket.last : bucket.mean;
    }
    return chart.rate ? ratesOf(line, window.bucket) : line;
  });
  return { times, values };
}

/** How fast a counter rises, by the second. Where it began again at 0, and after a gap, nothing is known. */
function ratesOf(counts: readonly (number | null)[], seconds: number): (number | null)[] {
  return counts.map((count, index) => {
    const before = counts[index - 1];
    if (count === null || before === null || before === undefined || count < before) return null;
    return (count - before) / seconds;
  });
}

/** The most requests for one chart. */
const MOST_PAGES = 20;

/** The query for the lines of a chart. */
export function linesQuery(node: string, chart: ChartSpec, range: string, until: number) {
  const { seconds, bucket } = ranges[range] ?? { seconds: 6 * 3_600, bucket: 120 };
  const window = { from: until - seconds, until, bucket };
  return queryOptions({
    queryKey: ["aggregated_quantities.list", currentOrganization() ?? null, node, chart.id, range, until],
    queryFn: async ({ signal }) => {
      const buckets: Bucket[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer: AnswerOf<"aggregated_quantities.list"> = await request("aggregated_quantities.list", {
          query: {
            node,
            metrics: chart.metrics.map(({ metric }) => metric).join(","),
            every_seconds: bucket,
            from: new Date(window.from * 1_000).toISOString(),
            until: new Date(window.until * 1_000).toISOString(),
            limit: 1_000,
            ...(cursor ? { cursor } : {}),
          },
          signal,
        });
        buckets.push(...answer.items);
        cursor = answer.next_cursor ?? undefined;
        if (cursor === undefined) break;
      }
      return linesOf(buckets, chart, window);
    },
    staleTime: 60_000,
  });
}
