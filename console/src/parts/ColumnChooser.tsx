import { words } from "../words";
import { Button } from "./Button";
import { moveColumn, withColumn, type Column } from "./columns";
import { Menu } from "./Menu";
import style from "./Table.module.css";

type ColumnChooserProps<Row> = {
  columns: readonly Column<Row>[];
  /** The ids of those that are shown, without the first. */
  shown: readonly string[];
  onChange: (shown: string[]) => void;
};

/** Chooses which columns a table shows, and in which order. */
export function ColumnChooser<Row>({ columns, shown, onChange }: ColumnChooserProps<Row>) {
  const others = columns.slice(1);
  const sorted = [
    ...shown.flatMap((id) => others.find((column) => column.id === id) ?? []),
    ...others.filter(({ id }) => !shown.includes(id)),
  ];
  return (
    <Menu label={words.table.chooseColumns} icon="columns" small kind="plain" face={words.table.columns}>
      {sorted.map(({ id, title }) => (
        <div key={id} className={style.chooser}>
          <label>
            <input
              type="checkbox"
              checked={shown.includes(id)}
              onChange={(event) => onChange(withColumn(shown, id, event.target.checked))}
            />
            {title}
          </label>
          {shown.includes(id) ? (
            <>
              <Button
                small
                kind="plain"
                icon="up"
                iconOnly
                onClick={() => onChange(moveColumn(shown, id, -1))}
              >
                {words.table.moveUp(title)}
              </Button>
              <Button
                small
                kind="plain"
                icon="down"
                iconOnly
                onClick={() => onChange(moveColumn(shown, id, 1))}
              >
                {words.table.moveDown(title)}
              </Button>
            </>
          ) : null}
        </div>
      ))}
    </Menu>
  );
}
