import { useQuery, type QueryKey, type UseQueryOptions } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ApiError } from "../../api/problem";
import { queryClient } from "../../api/queries";
import type { OperationId } from "../../api/request";
import { useMay } from "../../may";
import { State } from "../../parts/State";
import { Icon, type IconName } from "../../parts/Icon";
import { Page, Section } from "../../parts/Page";
import { ErrorText, Loading, Notice } from "../../parts/States";
import { Time } from "../../parts/Time";
import { words } from "../../words/start";
import {
  allOf,
  countOf,
  expiringKeys,
  failedCommands,
  nodesWith,
  updateSummary,
  type Count,
} from "./attention";
import style from "./Start.module.css";

export const load = () =>
  Promise.all([queryClient.prefetchQuery(allOf("nodes")), queryClient.prefetchQuery(nodesWith("offline"))]);

const countText = ({ number, more }: Count) => `${more ? "≥ " : ""}${number.toLocaleString("en")}`;

/** A query that is asked only if the person may. */
function useAllowed<Data, Key extends QueryKey>(
  id: OperationId,
  options: UseQueryOptions<Data, ApiError, Data, Key>,
) {
  const allowed = useMay(id).allowed;
  return { ...useQuery({ ...options, enabled: allowed }), allowed };
}

/** A number of the organization, which leads to its list. */
function Tile({ to, label, needs, count, detail }: TileProps) {
  const may = useMay(needs).allowed;
  return (
    <li>
      <Link to={to} className={style.tile} aria-disabled={may ? undefined : true}>
        <span className={style.tileLabel}>{label}</span>
        <strong className={style.number}>{count ? countText(count) : "–"}</strong>
        {detail ? <span className={style.soft}>{detail}</span> : null}
      </Link>
    </li>
  );
}
type TileProps = {
  to: "/nodes" | "/services" | "/agents" | "/sites";
  label: string;
  needs: OperationId;
  count?: Count;
  detail?: ReactNode;
};

function Numbers() {
  const nodes = useAllowed("nodes.list", allOf("nodes"));
  const services = useAllowed("services.list", allOf("services"));
  const agents = useAllowed("agents.list", allOf("agents"));
  const sites = useAllowed("sites.list", allOf("sites"));
  return (
    <ul className={style.tiles}>
      <Tile to="/nodes" label={words.numbers.nodes} needs="nodes.list" count={nodes.data} />
      <Tile to="/services" label={words.numbers.services} needs="services.list" count={services.data} />
      <Tile to="/agents" label={words.numbers.agents} needs="agents.list" count={agents.data} />
      <Tile to="/sites" label={words.numbers.sites} needs="sites.list" count={sites.data} />
    </ul>
  );
}

/** One thing that needs attention. */
function Concern({
  title,
  tone,
  all,
  children,
}: {
  title: string;
  tone: "warn" | "bad";
  all?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <li className={style.concern}>
      <div className={style.concernHead}>
        <h3>
          <State tone={tone}>{title}</State>
        </h3>
        {all}
      </div>
      {children}
    </li>
  );
}

function Attention() {
  const offline = useAllowed("nodes.list", nodesWith("offline"));
  const failed = useAllowed("commands.list", failedCommands());
  const keys = useAllowed("keys.list", expiringKeys());
  const updates = useAllowed("updates.summary", updateSummary());
  const asked = [offline, failed, keys, updates];
  if (asked.some(({ allowed, isPending }) => allowed && isPending)) return <Loading lines={4} />;
  const offlineItems = offline.data?.items ?? [];
  const failedItems = failed.data ?? [];
  const keyItems = keys.data ?? [];
  const security = updates.data?.nodes_with_security_updates ?? 0;
  const reboots = updates.data?.nodes_to_reboot ?? 0;
  const error = asked.find(({ error }) => error)?.error;
  const none =
    offlineItems.length + failedItems.length + keyItems.length === 0 && security === 0 && reboots === 0;
  return (
    <>
      {error ? (
        <Notice kind="error">
          <ErrorText error={error} />
        </Notice>
      ) : null}
      {none && !error ? (
        <Notice kind="good">
          <p>{words.fine}</p>
          <p>{words.fineExplain}</p>
        </Notice>
      ) : null}
      <ul className={style.concerns}>
        {offline.data && offlineItems.length > 0 ? (
          <Concern
            tone="bad"
            title={words.offline(countText(countOf(offline.data)))}
            all={
              <Link to="/nodes" search={{ status: "offline" }}>
                {words.all}
              </Link>
            }
          >
            <ul className={style.names}>
              {offlineItems.slice(0, 5).map((node) => (
                <li key={node.id}>
                  <Link to="/nodes/$node" params={{ node: node.id }}>
                    {node.name}
                  </Link>
                  <span className={style.soft}>
                    {words.since} <Time value={node.status_since} />
                  </span>
                </li>
              ))}
            </ul>
          </Concern>
        ) : null}
        {failedItems.length > 0 ? (
          <Concern
            tone="bad"
            title={words.failed(failedItems.length)}
            all={
              <Link to="/commands" search={{ failed: "true" }}>
                {words.all}
              </Link>
            }
          >
            <ul className={style.names}>
              {failedItems.map((command) => (
                <li key={command.id}>
                  <Link to="/commands/$command" params={{ command: command.id }}>
                    <code>{command.title}</code>
                  </Link>
                  <span className={style.soft}>
                    <Time value={command.at} />
                  </span>
                </li>
              ))}
            </ul>
          </Concern>
        ) : null}
        {security > 0 ? (
          <Concern tone="warn" title={words.security(security, updates.data?.security_updates ?? 0)}>
            <p className={style.soft}>
              {words.oldest} <Time value={updates.data?.oldest_scan_at} />
            </p>
          </Concern>
        ) : null}
        {reboots > 0 ? <Concern tone="warn" title={words.reboot(reboots)} /> : null}
        {keyItems.length > 0 ? (
          <Concern
            tone="warn"
            title={words.expiring(keyItems.length)}
            all={<Link to="/settings/api-keys">{words.all}</Link>}
          >
            <ul className={style.names}>
              {keyItems.slice(0, 5).map((key) => (
                <li key={key.id}>
                  <Link to="/settings/api-keys/$key" params={{ key: key.id }}>
                    {key.name}
                  </Link>
                  <span className={style.soft}>
                    {words.expiresAt} <Time value={key.expires_at} />
                  </span>
                </li>
              ))}
            </ul>
          </Concern>
        ) : null}
      </ul>
    </>
  );
}

/** What to do first in an organization without machines. */
function First() {
  const steps = [
    { ...words.steps.machine, to: "/nodes/add", icon: "node" },
    { ...words.steps.site, to: "/sites/new", icon: "site" },
    { ...words.steps.import, to: "/nodes/import", icon: "audit" },
    { ...words.steps.keys, to: "/settings/api-keys/new", icon: "key" },
    { ...words.steps.colleague, to: "/settings/people/invite", icon: "people" },
  ] as const satisfies readonly { icon: IconName; to: string; title: string; text: string }[];
  return (
    <Section title={words.first}>
      <p className={style.soft}>{words.firstExplain}</p>
      <ol className={style.steps}>
        {steps.map(({ to, title, text, icon }) => (
          <li key={to}>
            <Link to={to} className={style.step}>
              <Icon name={icon} size={20} />
              <span>
                <strong>{title}</strong>
                <span className={style.soft}>{text}</span>
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** The start page: what needs attention, and what to do first. */
export default function Start() {
  const nodes = useAllowed("nodes.list", allOf("nodes"));
  return (
    <Page title={words.title} apiCall={{ operation: "nodes.list", query: { status: "offline" } }}>
      {nodes.data?.number === 0 ? <First /> : null}
      <Numbers />
      {nodes.data?.number === 0 ? null : (
        <Section title={words.attention}>
          <Attention />
        </Section>
      )}
    </Page>
  );
}
