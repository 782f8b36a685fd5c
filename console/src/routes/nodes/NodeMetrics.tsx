import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { bytes } from "../../inventory/bytes";
import { Chart } from "../../parts/Chart";
import { Segments } from "../../parts/Segments";
import { Empty, ErrorState, Loading } from "../../parts/States";
import { useNow } from "../../parts/Time";
import { usePageSearch } from "../../search";
import { words } from "../../words/inventory";
import { chartsOf, linesQuery, ranges, type ChartSpec } from "./metrics";
import style from "./NodeDetail.module.css";

const text = words.metrics;
const rangeOptions = Object.entries(text.ranges).map(([value, label]) => ({ value, label }));

const formats: Record<ChartSpec["unit"], (value: number) => string> = {
  part: (value) => `${(value * 100).toFixed(value < 0.1 && value > 0 ? 1 : 0)} %`,
  number: (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1)),
  bytes,
  "bytes per second": (value) => `${bytes(value)}/s`,
};

function MetricChart({
  node,
  chart,
  range,
  until,
}: {
  node: string;
  chart: ChartSpec;
  range: string;
  until: number;
}) {
  const lines = useQuery({ ...linesQuery(node, chart, range, until), placeholderData: (before) => before });
  const labels = useMemo(() => chart.metrics.map(({ label }) => label), [chart]);
  if (lines.error && !lines.data)
    return <ErrorState error={lines.error} onRetry={() => void lines.refetch()} />;
  if (!lines.data) return <Loading lines={4} />;
  return (
    <Chart
      title={text[chart.id]}
      labels={labels}
      times={lines.data.times}
      values={lines.data.values}
      format={formats[chart.unit]}
      binary={chart.unit.startsWith("bytes")}
      most={chart.most}
      table={text.table}
      gap={text.gap}
      timeTitle={text.time}
    />
  );
}

/** The metrics of a node's machine, as charts. */
export default function NodeMetrics({ node }: { node: AnswerOf<"nodes.get"> }) {
  const [search, setSearch] = usePageSearch();
  const range = search.range !== undefined && search.range in ranges ? search.range : "6h";
  const now = useNow();
  const until = Math.ceil(now.getTime() / 60_000) * 60;
  const series = useQuery(queryOf("series.list", { query: { node: node.id, limit: 200 } }));
  const charts = useMemo(
    () =>
      chartsOf(
        (series.data?.items ?? []).map(({ metric }) => metric),
        text,
      ),
    [series.data],
  );
  if (series.error) return <ErrorState error={series.error} onRetry={() => void series.refetch()} />;
  if (!series.data) return <Loading />;
  if (charts.length === 0)
    return (
      <Empty icon="activity" title={text.none}>
        {text.noneExplain}
      </Empty>
    );
  return (
    <>
      <div className={style.bar}>
        <Segments
          label={text.range}
          options={rangeOptions}
          value={range}
          onChange={(range) => setSearch({ range: range === "6h" ? undefined : range })}
        />
      </div>
      <div className={style.charts}>
        {charts.map((chart) => (
          <MetricChart key={chart.id} node={node.id} chart={chart} range={range} until={until} />
        ))}
      </div>
    </>
  );
}
