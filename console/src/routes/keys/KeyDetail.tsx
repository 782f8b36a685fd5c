import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { queryOf } from "../../api/queries";
import { ButtonLink } from "../../parts/Button";
import { Page, Section } from "../../parts/Page";
import { ErrorState, ErrorText, Loading, Notice } from "../../parts/States";
import { Time } from "../../parts/Time";
import { usePageSearch } from "../../search";
import { words } from "../../words/keys";
import { createBody, draftOf, type Key } from "./draft";
import { Explanation } from "./Explanation";
import { KeyActions } from "./KeyActions";
import style from "./KeyDetail.module.css";
import { organizationOf, useKey } from "./one";
import { KeyStatus } from "./KeyStatus";
import { reachText } from "./text";

const { detail } = words;

export default function KeyDetail() {
  const { key: id = "" } = useParams({ strict: false });
  const key = useKey(id);
  const item = key.data;
  return (
    <Page
      title={item?.name ?? id}
      lead={item?.description}
      up={{ to: "/settings/api-keys", label: detail.up }}
      apiCall={{ operation: "keys.get", path: { key: id } }}
      actions={item ? <KeyActions item={item} /> : null}
    >
      {key.isPending ? <Loading /> : null}
      {key.error && !item ? <ErrorState error={key.error} onRetry={() => void key.refetch()} /> : null}
      {item ? <Facts item={item} /> : null}
    </Page>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const listed = (values: readonly string[] | null | undefined, none: string) =>
  values && values.length > 0 ? values.join(", ") : none;

function Facts({ item }: { item: Key }) {
  const { command_limits: limits, rate_limit: rate } = item;
  const hasScopes = item.kind === "org" || item.kind === "root";
  const {
    name: _name,
    description: _description,
    ttl_seconds: _ttl,
    ...explained
  } = createBody(draftOf(item)) as Record<string, unknown>;
  return (
    <>
      {item.disabled ? (
        <Notice kind="error">
          <p>
            {words.statusExplain.disabled} <Time value={item.disabled.at} />
          </p>
          {item.disabled.reason ? <p>{detail.disabledBecause(item.disabled.reason)}</p> : null}
          {item.disabled.until ? (
            <p>
              {detail.disabledUntil} <Time value={item.disabled.until} both />
            </p>
          ) : null}
        </Notice>
      ) : null}
      <div className={style.columns}>
        <div className={style.column}>
          <Section title={detail.facts}>
            <dl className={style.facts}>
              <Fact name={detail.state}>
                <KeyStatus status={item.status} />
              </Fact>
              <Fact name={detail.id}>
                <code>{item.id}</code>
              </Fact>
              <Fact name={detail.kind}>{words.list.kinds[item.kind]}</Fact>
              <Fact name={words.list.columns.actsFor}>{item.user ?? item.role ?? words.nobody}</Fact>
              <Fact name={words.list.columns.reach}>{reachText(item)}</Fact>
              <Fact name={detail.lastUsed}>
                <Time value={item.last_used?.at} />{" "}
                {item.last_used ? detail.usedFor(item.last_used.operation, item.last_used.address) : null}
              </Fact>
              <Fact name={detail.created}>
                <Time value={item.created_at} both />
              </Fact>
            </dl>
          </Section>
          <Section title={detail.limits}>
            <dl className={style.facts}>
              <Fact name={detail.expires}>
                <Time value={item.expires_at} both />
              </Fact>
              {item.not_before ? (
                <Fact name={detail.notBefore}>
                  <Time value={item.not_before} both />
                </Fact>
              ) : null}
              <Fact name={detail.allowedIps}>{listed(item.allowed_ips, detail.anywhere)}</Fact>
              {item.denied_ips.length > 0 ? (
                <Fact name={detail.deniedIps}>{listed(item.denied_ips, "")}</Fact>
              ) : null}
              <Fact name={detail.rate}>
                {rate ? detail.rateText(rate.per_minute, rate.burst) : detail.noLimit}
              </Fact>
              {limits?.shells ? (
                <Fact name={detail.shells}>{listed(limits.shells, words.noScopes)}</Fact>
              ) : null}
              {limits?.scripts ? (
                <Fact name={detail.scripts}>{listed(limits.scripts, words.noScopes)}</Fact>
              ) : null}
              {limits?.most_targets ? (
                <Fact name={detail.mostTargets}>{limits.most_targets.toLocaleString("en")}</Fact>
              ) : null}
            </dl>
          </Section>
        </div>
        {hasScopes ? (
          <div className={style.column}>
            <Section title={detail.permissions}>
              <ul className={style.scopes}>
                {item.scopes.map((scope) => (
                  <li key={scope}>{scope}</li>
                ))}
              </ul>
              <Explanation body={explained} />
            </Section>
            <Usage item={item} />
          </div>
        ) : null}
      </div>
    </>
  );
}

/** Which of its permissions the key uses. */
function Usage({ item }: { item: Key }) {
  const [search] = usePageSearch();
  const usage = useQuery({
    ...queryOf("keys.usage", {
      path: { key: item.id },
      ...organizationOf(item.kind),
    }),
    retry: false,
  });
  const data = usage.data;
  return (
    <Section
      title={detail.usage}
      actions={
        data && data.unused.length > 0 && data.used.length > 0 ? (
          <ButtonLink
            small
            to="/settings/api-keys/$key/edit"
            params={{ key: item.id }}
            search={{ org: search.org, scopes: data.used.map(({ operation }) => operation).join(",") }}
            needs="keys.update"
          >
            {detail.dropUnused}
          </ButtonLink>
        ) : null
      }
    >
      {usage.isPending ? <Loading lines={3} /> : null}
      {usage.error ? (
        <Notice kind="warn">
          <ErrorText error={usage.error} />
        </Notice>
      ) : null}
      {data ? (
        <>
          {data.used.length > 0 ? (
            <div className={style.scroll} tabIndex={0} role="group" aria-label={detail.usage}>
              <table className={style.table}>
                <thead>
                  <tr>
                    <th scope="col">{detail.operation}</th>
                    <th scope="col">{detail.first}</th>
                    <th scope="col">{detail.last}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.used.map((used) => (
                    <tr key={used.operation}>
                      <th scope="row">
                        <code>{used.operation}</code>
                      </th>
                      <td>
                        <Time value={used.first_used_at} />
                      </td>
                      <td>
                        <Time value={used.last_used_at} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : null}
          {data.unused.length > 0 ? (
            <>
              <h3>{detail.unusedTitle(data.unused.length)}</h3>
              <p className={style.soft}>
                {detail.unusedExplain} <Time value={data.since} both />
              </p>
              <ul className={style.scopes}>
                {data.unused.slice(0, 100).map((operation) => (
                  <li key={operation}>{operation}</li>
                ))}
              </ul>
            </>
          ) : (
            <p className={style.soft}>{detail.usedAll}</p>
          )}
        </>
      ) : null}
    </Section>
  );
}
