import { useActivity } from "../activity";
import { useCatalogue } from "../api/catalogue";
import { CopyButton } from "../parts/CopyButton";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Time } from "../parts/Time";
import { words } from "../words";
import style from "./ActivityLog.module.css";

/** What this tab did, with the ids of its requests. */
export function ActivityLog({ onClose }: { onClose: () => void }) {
  const done = useActivity();
  const operations = useCatalogue()?.operations;
  return (
    <Dialog title={words.activity.title} kind="side" onClose={onClose}>
      <p className={style.soft}>{done.length === 0 ? words.activity.empty : words.activity.explain}</p>
      <ol className={style.list}>
        {done.map((entry) => (
          <li key={entry.id} className={style.entry}>
            <span className={entry.error ? style.bad : style.good}>
              <Icon name={entry.error ? "warning" : "check"} />
              <span className="hidden-text">{entry.error ? words.activity.failed : words.activity.done}</span>
            </span>
            <div className={style.what}>
              <p>
                {operations?.find(({ id }) => id === entry.operation)?.summary ?? entry.operation}
                {entry.target ? <strong> {entry.target}</strong> : null}
              </p>
              {entry.error ? <p className={style.bad}>{entry.error.message}</p> : null}
              <p className={style.soft}>
                <code>{entry.operation}</code> · <Time value={entry.at.toISOString()} />
              </p>
              {entry.requestId ? (
                <p className={style.request}>
                  <code>{entry.requestId}</code>
                  <CopyButton text={entry.requestId} iconOnly />
                </p>
              ) : null}
            </div>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
