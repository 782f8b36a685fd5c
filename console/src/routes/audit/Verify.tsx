import { useQuery } from "@tanstack/react-query";
import { queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { ErrorText, Notice } from "../../parts/States";
import { words } from "../../words/audit";
import style from "./Audit.module.css";

const text = words.verify;
type Chain = AnswerOf<"audit.verify">["chains"][number];

/** Checks the chain of hashes when asked to, and says what came of it. */
export function Verify() {
  const check = useQuery({ ...queryOf("audit.verify", {}), enabled: false, retry: false });
  const button = (
    <Button
      small={check.data !== undefined}
      icon="check"
      needs="audit.verify"
      busy={check.isFetching}
      onClick={() => void check.refetch()}
    >
      {check.isFetching ? text.running : check.data ? text.again : text.button}
    </Button>
  );
  if (check.error)
    return (
      <Notice kind="error">
        <ErrorText error={check.error} />
        {button}
      </Notice>
    );
  if (!check.data) return <div>{button}</div>;
  return (
    <Notice kind={check.data.intact ? "good" : "error"}>
      <div role="status" className={style.chains}>
        {check.data.chains.map((chain) => (
          <ChainText key={chain.organization_id ?? ""} chain={chain} />
        ))}
      </div>
      {button}
    </Notice>
  );
}

function ChainText({ chain }: { chain: Chain }) {
  return (
    <div>
      <p>
        {chain.organization_id === null ? `${text.server}: ` : null}
        {chain.intact
          ? chain.cut > 0
            ? text.intactRest(chain.entries, chain.cut)
            : text.intact(chain.entries)
          : text.broken(chain.broken_at ?? 0)}
      </p>
      {chain.problem ? <p>{chain.problem}</p> : null}
      <p className={style.head}>
        {text.head(chain.entries)} <code>{chain.head}</code> <CopyButton text={chain.head} iconOnly />
      </p>
    </div>
  );
}
