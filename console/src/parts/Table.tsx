import { useVirtualizer } from "@tanstack/react-virtual";
import clsx from "clsx";
import {
  memo,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { beginAgain, queryClient, SHORT, type ListExtras } from "../api/queries";
import { useLastChange } from "../changes";
import { usePreference } from "../preferences";
import { isNothing, isSelected, NOTHING, toggle, type RowSelection } from "../selection";
import { words } from "../words";
import { Button } from "./Button";
import { ColumnChooser } from "./ColumnChooser";
import { chosenColumns, type Column, type ColumnChoice } from "./columns";
import { Icon } from "./Icon";
import { ErrorState, Loading } from "./States";
import style from "./Table.module.css";

/** A list that is read page by page: the answer of `useInfiniteQuery(listOf(…))`. */
type Pages<Row> = {
  data: { pages: ({ items: Row[] } & ListExtras)[] } | undefined;
  error: Error | null;
  isPending: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  /** When it was read, in milliseconds since 1970; of lists that can be long. */
  dataUpdatedAt?: number;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
};

type TableProps<Row> = {
  /** What the table lists, for screen readers: "API keys". */
  label: string;
  /** The name under which the person's columns are kept. */
  name: string;
  /** What it lists: `nodes`. If such objects change while a long list is shown, the person is told. */
  noun?: string;
  columns: readonly Column<Row>[];
  list: Pages<Row>;
  /** Only these of the rows that are loaded; for filters that the server does not have. */
  only?: (row: Row) => boolean;
  rowId: (row: Row) => string;
  /** The row's name, for its box to tick. */
  rowName: (row: Row) => string;
  /** What is shown in the place of no rows. */
  empty: ReactNode;
  /** The server's sort order, as in the address: `name`, `-name`. */
  sort?: string;
  onSort?: (sort: string) => void;
  selection?: RowSelection;
  onSelect?: (selection: RowSelection) => void;
  /** What can be done with what is selected. */
  bulk?: ReactNode;
};

const ROW = 40;
/** How many rows before the end the next page is fetched. */
const AHEAD = 30;

/** A table of a list that may be long: only the rows in view are in the document, and the next page is fetched as one
 *  comes near the end. Arrow keys go through the rows, Enter opens one, and the space key selects it. */
export function Table<Row>(props: TableProps<Row>) {
  const {
    label,
    name,
    noun,
    columns,
    list,
    only,
    rowId,
    rowName,
    empty,
    sort,
    onSort,
    selection,
    onSelect,
    bulk,
  } = props;
  const [choice, setChoice] = usePreference<ColumnChoice | undefined>(`columns.${name}`, undefined);
  const region = useRef<HTMLDivElement>(null);
  const lastChange = useLastChange(noun);
  // Scrolling draws the table again for every frame: what depends on all rows is not computed anew then.
  const loaded = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const rows = useMemo(() => (only ? loaded.filter(only) : loaded), [loaded, only]);
  const ids = useMemo(() => rows.map(rowId), [rows, rowId]);
  const shown = useMemo(() => chosenColumns(columns, choice), [columns, choice]);
  const latest = useRef({ selection, onSelect, ids });
  useEffect(() => {
    latest.current = { selection, onSelect, ids };
  });
  const toggleRow = useCallback((id: string) => {
    const { selection, onSelect, ids } = latest.current;
    if (selection && onSelect) onSelect(toggle(selection, id, ids));
  }, []);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => region.current,
    estimateSize: () => ROW,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 8,
    scrollPaddingStart: 36,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, last, rows.length]);

  if (list.isPending) return <Loading lines={10} />;
  if (list.error && loaded.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0 && !hasNextPage) return <>{empty}</>;

  const total = list.data?.pages[0]?.total;
  const outdated = (list.data?.pages.length ?? 0) > SHORT && lastChange > (list.dataUpdatedAt ?? 0);
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  const widthOf = (columns: readonly Column<Row>[], share: number) =>
    `${columns.reduce((sum, { width }) => sum + (width ?? share), selection ? 40 : 0)}px`;
  const widths = {
    "--width": widthOf(shown, 180),
    "--narrow-width": widthOf(
      shown.filter(({ wideOnly }) => !wideOnly),
      130,
    ),
  } as CSSProperties;

  /** Moves the focus to the link of a row, and draws the row first if it is out of view. */
  const focusRow = (index: number) => {
    virtualizer.scrollToIndex(index);
    requestAnimationFrame(() => {
      const row = region.current?.querySelector(`tr[data-index="${index}"]`);
      (
        row?.querySelector<HTMLElement>("th a, th button") ??
        row?.querySelector<HTMLElement>("a, button, input")
      )?.focus();
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>("tr[data-index]");
    const index = row ? Number(row.dataset.index) : -1;
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (
      to !== undefined &&
      to >= 0 &&
      to < rows.length &&
      !event.altKey &&
      !event.ctrlKey &&
      !event.metaKey
    ) {
      event.preventDefault();
      focusRow(to);
    }
    const id = ids[index];
    if (event.key === " " && id !== undefined && target.tagName === "A" && selection && onSelect) {
      event.preventDefault();
      onSelect(toggle(selection, id, ids));
    }
  };

  return (
    <div className={style.frame}>
      {selection && onSelect && !isNothing(selection) ? (
        <div className={style.bulk} role="region" aria-label={words.table.selectedRows}>
          <strong aria-live="polite">
            {selection.kind === "matching"
              ? words.table.allMatching
              : words.table.selected(selection.ids.size)}
          </strong>
          {bulk}
          {selection.kind === "rows" && (hasNextPage || selection.ids.size < rows.length) ? (
            <Button small kind="plain" onClick={() => onSelect({ kind: "matching" })}>
              {words.table.selectMatching}
            </Button>
          ) : null}
          <Button small kind="plain" onClick={() => onSelect(NOTHING)}>
            {words.table.clearSelection}
          </Button>
        </div>
      ) : null}
      <div
        ref={region}
        className={style.region}
        tabIndex={0}
        role="region"
        aria-label={label}
        onKeyDown={onKeyDown}
      >
        <table
          className={style.table}
          aria-label={label}
          aria-rowcount={hasNextPage ? -1 : rows.length + 1}
          style={widths}
        >
          <thead>
            <tr aria-rowindex={1}>
              {selection && onSelect ? (
                <th scope="col" className={style.pick}>
                  <label>
                    <input
                      type="checkbox"
                      aria-label={words.table.selectShown}
                      checked={
                        selection.kind === "matching" ||
                        (ids.length > 0 && ids.every((id) => selection.ids.has(id)))
                      }
                      onChange={(event) =>
                        onSelect(event.target.checked ? { kind: "rows", ids: new Set(ids) } : NOTHING)
                      }
                    />
                  </label>
                </th>
              ) : null}
              {shown.map((column) => (
                <Header key={column.id} column={column} sort={sort} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 ? (
              <tr className={style.space} aria-hidden="true">
                <td style={{ height: above }} />
              </tr>
            ) : null}
            {items.map(({ index, key }) => {
              const row = rows[index];
              const id = ids[index];
              if (row === undefined || id === undefined) return null;
              return (
                <MemoRow
                  key={key}
                  id={id}
                  index={index}
                  row={row}
                  name={rowName(row)}
                  columns={shown}
                  selected={selection ? isSelected(selection, id) : undefined}
                  onToggle={toggleRow}
                  measure={virtualizer.measureElement}
                />
              );
            })}
            {below > 0 ? (
              <tr className={style.space} aria-hidden="true">
                <td style={{ height: below }} />
              </tr>
            ) : null}
          </tbody>
        </table>
      </div>
      <div className={style.foot}>
        <span role="status">
          {isFetchingNextPage
            ? words.moreBelow
            : total
              ? words.table.rows(rows.length, `${total.exact ? "" : "≥ "}${total.count.toLocaleString("en")}`)
              : hasNextPage
                ? words.table.rows(rows.length, undefined)
                : words.table.all(rows.length)}
        </span>
        {outdated && noun ? (
          <Button
            small
            onClick={() => {
              region.current?.scrollTo({ top: 0 });
              void beginAgain(queryClient, noun);
            }}
          >
            {words.table.outdated}
          </Button>
        ) : null}
        <ColumnChooser
          columns={columns}
          shown={shown.slice(1).map(({ id }) => id)}
          onChange={(ids) => setChoice({ shown: ids })}
        />
      </div>
    </div>
  );
}

type RowProps<Row> = {
  id: string;
  index: number;
  row: Row;
  name: string;
  columns: readonly Column<Row>[];
  /** Whether it is selected; undefined if rows cannot be. */
  selected: boolean | undefined;
  onToggle: (id: string) => void;
  measure: (element: HTMLTableRowElement | null) => void;
};

/** One row. It is drawn again only when something of it changes. */
function TableRow<Row>({ id, index, row, name, columns, selected, onToggle, measure }: RowProps<Row>) {
  return (
    <tr
      ref={measure}
      data-index={index}
      className={style.row}
      aria-rowindex={index + 2}
      data-selected={selected || undefined}
    >
      {selected === undefined ? null : (
        <td className={style.pick}>
          <label>
            <input
              type="checkbox"
              aria-label={words.table.select(name)}
              checked={selected}
              onChange={() => onToggle(id)}
            />
          </label>
        </td>
      )}
      {columns.map((column, at) => {
        const className = clsx(column.align === "end" && style.end, column.wideOnly && style.wideOnly);
        return at === 0 ? (
          <th key={column.id} scope="row" className={className}>
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.id} className={className}>
            {column.cell(row)}
          </td>
        );
      })}
    </tr>
  );
}
const MemoRow = memo(TableRow) as typeof TableRow;

function Header<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort?: string;
  onSort?: (sort: string) => void;
}) {
  const { sort: field } = column;
  const direction =
    field === undefined
      ? undefined
      : sort === field
        ? "ascending"
        : sort === `-${field}`
          ? "descending"
          : undefined;
  return (
    <th
      scope="col"
      className={clsx(column.align === "end" && style.end, column.wideOnly && style.wideOnly)}
      style={column.width ? { width: column.width } : undefined}
      aria-sort={direction}
    >
      {field !== undefined && onSort ? (
        <button
          type="button"
          className={clsx(style.sort, direction && style.sorted)}
          title={words.table.sortBy(column.title)}
          onClick={() => onSort(direction === "ascending" ? `-${field}` : field)}
        >
          {column.title}
          {direction ? <Icon name={direction === "ascending" ? "up" : "down"} size={12} /> : null}
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}
