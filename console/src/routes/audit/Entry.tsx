import { Link } from "@tanstack/react-router";
import { useCatalogue } from "../../api/catalogue";
import { Actor } from "../../parts/Actor";
import { State } from "../../parts/State";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { Dialog } from "../../parts/Dialog";
import { Facts } from "../../parts/Facts";
import { Time } from "../../parts/Time";
import type { Search } from "../../search";
import { words } from "../../words/audit";
import { targetText, type AuditEntry } from "./auditEntry";
import style from "./Audit.module.css";

/** Where the page of an object is, by its noun. */
const PAGES: Record<string, string> = {
  node: "/nodes/",
  command: "/commands/",
  script: "/scripts/",
  schedule: "/schedules/",
  maintenance_window: "/maintenance-windows/",
  user: "/settings/people/",
  role: "/settings/roles/",
  key: "/settings/api-keys/",
};

type EntryDialogProps = {
  entry: AuditEntry;
  onFilter: (changes: Search) => void;
  onClose: () => void;
};

/** Everything that one entry says. */
export function EntryDialog({ entry, onFilter, onClose }: EntryDialogProps) {
  const summary = useCatalogue()?.operations.find(({ id }) => id === entry.operation)?.summary;
  const { actor } = entry;
  return (
    <Dialog title={words.entry.title(entry.number)} kind="wide" onClose={onClose}>
      <Facts
        facts={{
          [words.columns.at]: <Time value={entry.at} both />,
          [words.columns.who]: <Actor actor={actor} name={entry.actor_name} />,
          [words.columns.operation]: <code>{entry.operation}</code>,
          [words.entry.summary]: summary,
          [words.columns.outcome]: (
            <State tone={entry.outcome === "allowed" ? "good" : "bad"}>{words.outcomes[entry.outcome]}</State>
          ),
          [words.columns.reason]: entry.reason,
          [words.columns.address]: entry.address,
        }}
      />
      <section className={style.objects}>
        <h3>{words.entry.objects}</h3>
        {entry.targets.length === 0 ? <p className={style.soft}>{words.entry.none}</p> : null}
        <ul>
          {entry.targets.map((target, index) => (
            <li key={`${target.noun} ${target.id}`}>
              {PAGES[target.noun] ? (
                <Link to={`${PAGES[target.noun]}${encodeURIComponent(target.id)}` as "/"}>
                  {targetText(entry, index)}
                </Link>
              ) : (
                <span>{targetText(entry, index)}</span>
              )}
              <Button small kind="plain" onClick={() => onFilter({ target: `${target.noun}:${target.id}` })}>
                {words.entry.same}
              </Button>
            </li>
          ))}
        </ul>
      </section>
      {actor.kind === "key" && "id" in actor ? (
        <div>
          <Button small onClick={() => onFilter({ key: actor.id })}>
            {words.entry.sameKey}
          </Button>
        </div>
      ) : null}
      <Facts
        facts={{
          [words.columns.request]: entry.request_id ? (
            <>
              <code>{entry.request_id}</code> <CopyButton text={entry.request_id} iconOnly />
            </>
          ) : undefined,
          [words.entry.hash]: <code>{entry.hash}</code>,
          [words.entry.previous]: <code>{entry.previous_hash}</code>,
        }}
      />
    </Dialog>
  );
}
