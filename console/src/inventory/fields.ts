// Which fields objects of each type have (docs/inventory.md).
import { text } from "../words/fields";
import type { FieldSpec } from "./spec";

const labels: FieldSpec = { name: "labels", label: text.labels, kind: "labels", hint: text.labelsHint };
const description: FieldSpec = { name: "description", label: text.description, kind: "lines" };
const name = (placeholder: string): FieldSpec => ({
  name: "name",
  label: text.name,
  kind: "text",
  required: true,
  placeholder,
});

export const nodeTypes = [
  "generic",
  "container",
  "remote",
  "remote_rds",
  "remote_azure_database",
  "machine_tool",
] as const;
export const serviceTypes = [
  "mysql",
  "mongodb",
  "postgresql",
  "valkey",
  "proxysql",
  "haproxy",
  "external",
] as const;
/** Agents that a person enters. The others come by themselves. */
export const agentTypes = [
  "node_exporter",
  "mysqld_exporter",
  "mongodb_exporter",
  "postgres_exporter",
  "proxysql_exporter",
  "valkey_exporter",
  "rds_exporter",
  "azure_database_exporter",
  "mtconnect_adapter",
  "external_exporter",
  "bailiwick_agent",
  "opamp",
] as const;

/** The fields of nodes of a type. */
export function nodeFields(type: string): FieldSpec[] {
  const is = (...types: string[]) => types.includes(type);
  const isOrWith = (condition: boolean, ...specs: FieldSpec[]) => (condition ? specs : []);
  return [
    name(type === "machine_tool" ? "lathe-7" : "db-1"),
    {
      name: "address",
      label: is("remote_rds") ? text.instance : text.address,
      kind: "text",
      required: !is("machine_tool"),
      placeholder: is("remote_rds") ? "orders-prod" : "db-1.example.net",
      hint: is("remote_rds") ? text.instanceHint : text.addressHint,
    },
    ...isOrWith(is("remote_rds", "remote_azure_database"), {
      name: "region",
      label: text.region,
      kind: "text",
      required: true,
      placeholder: "eu-central-1",
    }),
    { name: "site", label: text.site, kind: "object", noun: "sites" },
    ...isOrWith(is("generic", "container", "remote"), {
      name: "host",
      label: text.host,
      kind: "object",
      noun: "nodes",
      hint: text.hostHint,
    }),
    labels,
    description,
    ...isOrWith(
      is("container"),
      { name: "container_id", label: text.containerId, kind: "text" },
      { name: "container_name", label: text.containerName, kind: "text" },
    ),
    ...isOrWith(
      is("machine_tool", "generic"),
      { name: "manufacturer", label: text.manufacturer, kind: "text" },
      { name: "serial_number", label: text.serialNumber, kind: "text" },
    ),
    { name: "model", label: text.model, kind: "text" },
    ...isOrWith(is("generic"), { name: "distro", label: text.distro, kind: "text" }),
    ...isOrWith(!is("remote_rds", "remote_azure_database"), {
      name: "region",
      label: text.region,
      kind: "text",
    }),
    { name: "az", label: text.zone, kind: "text" },
    ...isOrWith(is("remote_rds"), { name: "instance_id", label: text.instanceId, kind: "text" }),
    ...isOrWith(is("generic", "container"), {
      name: "machine_id",
      label: text.machineId,
      kind: "text",
      hint: text.machineIdHint,
    }),
  ];
}

/** The fields of services of a type. */
export function serviceFields(type: string): FieldSpec[] {
  const database = !["haproxy", "external"].includes(type);
  return [
    name("orders"),
    { name: "nodes", label: text.nodes, kind: "objects", noun: "nodes", hint: text.nodesHint },
    ...(database
      ? ([
          {
            name: "address",
            label: text.address,
            kind: "text",
            placeholder: "127.0.0.1",
            hint: text.endpointHint,
          },
          { name: "port", label: text.port, kind: "number", placeholder: ports[type] },
          { name: "socket", label: text.socket, kind: "text", placeholder: "/run/mysqld/mysqld.sock" },
        ] satisfies FieldSpec[])
      : []),
    ...(["postgresql", "valkey"].includes(type)
      ? ([{ name: "database_name", label: text.database, kind: "text" }] satisfies FieldSpec[])
      : []),
    ...(type === "postgresql"
      ? ([
          {
            name: "auto_discovery_limit",
            label: text.discovery,
            kind: "number",
            hint: text.discoveryHint,
          },
        ] satisfies FieldSpec[])
      : []),
    ...(type === "external"
      ? ([{ name: "group", label: text.group, kind: "text", placeholder: "redis" }] satisfies FieldSpec[])
      : []),
    { name: "environment", label: text.environment, kind: "text", placeholder: "production" },
    { name: "cluster", label: text.cluster, kind: "text" },
    { name: "replication_set", label: text.replicationSet, kind: "text" },
    labels,
  ];
}

const ports: Record<string, string> = {
  mysql: "3306",
  mongodb: "27017",
  postgresql: "5432",
  valkey: "6379",
  proxysql: "6032",
};

/** The agent that belongs to services of a type. */
export const agentOfService: Record<string, string> = {
  mysql: "mysqld_exporter",
  mongodb: "mongodb_exporter",
  postgresql: "postgres_exporter",
  valkey: "valkey_exporter",
  proxysql: "proxysql_exporter",
  haproxy: "external_exporter",
  external: "external_exporter",
};

const databases = [
  "mysqld_exporter",
  "mongodb_exporter",
  "postgres_exporter",
  "proxysql_exporter",
  "valkey_exporter",
];
const exporters = ["node_exporter", ...databases, "rds_exporter", "azure_database_exporter"];

type Setting = [types: readonly string[], spec: FieldSpec];
const setting = (types: readonly string[], spec: FieldSpec): Setting => [
  types,
  { ...spec, name: `settings.${spec.name}` },
];
const secret = (types: readonly string[], name: string, label: string, kind: "secret" | "pem"): Setting => [
  types,
  { name: `secrets.${name}`, label, kind },
];

const settings: readonly Setting[] = [
  setting(["mtconnect_adapter"], {
    name: "url",
    label: text.url,
    kind: "text",
    required: true,
    placeholder: "http://10.0.0.7:5000",
  }),
  setting(["mtconnect_adapter"], { name: "device", label: text.device, kind: "text" }),
  setting(["mysqld_exporter", "postgres_exporter"], {
    name: "username",
    label: text.username,
    kind: "text",
    required: true,
  }),
  setting(["mongodb_exporter", "proxysql_exporter", "valkey_exporter", "external_exporter"], {
    name: "username",
    label: text.username,
    kind: "text",
  }),
  secret([...databases, "external_exporter"], "password", text.password, "secret"),
  setting(["external_exporter"], {
    name: "scheme",
    label: text.scheme,
    kind: "choice",
    options: ["http", "https"],
  }),
  setting(["external_exporter"], {
    name: "metrics_path",
    label: text.metricsPath,
    kind: "text",
    placeholder: "/metrics",
  }),
  setting(["azure_database_exporter"], {
    name: "azure_resource_type",
    label: text.azureType,
    kind: "text",
    required: true,
  }),
  setting(["azure_database_exporter"], {
    name: "azure_subscription_id",
    label: text.azureSubscription,
    kind: "text",
  }),
  setting(["azure_database_exporter"], { name: "azure_tenant_id", label: text.azureTenant, kind: "text" }),
  setting(["azure_database_exporter"], { name: "azure_client_id", label: text.azureClient, kind: "text" }),
  secret(["azure_database_exporter"], "azure_client_secret", text.azureSecret, "secret"),
  setting(["azure_database_exporter"], {
    name: "azure_resource_group",
    label: text.azureGroup,
    kind: "text",
  }),
  setting(["rds_exporter"], { name: "aws_access_key", label: text.awsKey, kind: "text" }),
  secret(["rds_exporter"], "aws_secret_key", text.awsSecret, "secret"),
  setting(["rds_exporter"], { name: "aws_role_arn", label: text.awsRole, kind: "text" }),
  setting(["mongodb_exporter"], {
    name: "authentication_mechanism",
    label: text.authMechanism,
    kind: "text",
  }),
  setting(["mongodb_exporter"], { name: "authentication_database", label: text.authDatabase, kind: "text" }),
  setting(databases, { name: "tls", label: text.tls, kind: "flag" }),
  setting([...databases, "external_exporter"], {
    name: "tls_skip_verify",
    label: text.tlsSkip,
    kind: "flag",
    hint: text.tlsSkipHint,
  }),
  setting(["mysqld_exporter", "mongodb_exporter", "postgres_exporter", "valkey_exporter"], {
    name: "tls_ca",
    label: text.tlsCa,
    kind: "pem",
  }),
  setting(["mysqld_exporter", "postgres_exporter", "valkey_exporter"], {
    name: "tls_cert",
    label: text.tlsCert,
    kind: "pem",
  }),
  secret(["mysqld_exporter", "postgres_exporter", "valkey_exporter"], "tls_key", text.tlsKey, "pem"),
  secret(["mongodb_exporter"], "tls_certificate_key", text.tlsCertKey, "pem"),
  secret(["mongodb_exporter"], "tls_certificate_key_file_password", text.tlsCertKeyPassword, "secret"),
  secret(databases, "agent_password", text.agentPassword, "secret"),
  setting(exporters, { name: "expose_exporter", label: text.expose, kind: "flag", hint: text.exposeHint }),
  setting(exporters, { name: "disabled_collectors", label: text.collectors, kind: "list" }),
  setting([...exporters, "mtconnect_adapter"], {
    name: "log_level",
    label: text.logLevel,
    kind: "choice",
    options: ["fatal", "error", "warn", "info", "debug"],
  }),
  setting([...exporters, "external_exporter"], { name: "push_metrics", label: text.push, kind: "flag" }),
  setting(exporters, {
    name: "metrics_resolutions",
    label: text.resolutions,
    kind: "map",
    placeholder: "hr=5s, mr=10s, lr=60s",
  }),
  setting(["mysqld_exporter"], {
    name: "connection_timeout",
    label: text.timeout,
    kind: "text",
    placeholder: "5s",
  }),
  setting(["mysqld_exporter"], {
    name: "tablestats_group_table_limit",
    label: text.tableLimit,
    kind: "number",
  }),
  setting(["mysqld_exporter"], {
    name: "extra_dsn_params",
    label: text.dsn,
    kind: "map",
    placeholder: "charset=utf8mb4",
  }),
  setting(["postgres_exporter"], { name: "auto_discovery_limit", label: text.discovery, kind: "number" }),
  setting(["postgres_exporter"], {
    name: "max_exporter_connections",
    label: text.connections,
    kind: "number",
  }),
  setting(["mongodb_exporter"], { name: "collections_limit", label: text.collectionLimit, kind: "number" }),
  setting(["mongodb_exporter"], { name: "stats_collections", label: text.collections, kind: "list" }),
  setting(["mongodb_exporter"], { name: "enable_all_collectors", label: text.allCollectors, kind: "flag" }),
  setting(["mongodb_exporter"], {
    name: "environment_variable_names",
    label: text.environmentNames,
    kind: "list",
  }),
  setting(["rds_exporter"], { name: "basic_metrics_disabled", label: text.noBasic, kind: "flag" }),
  setting(["rds_exporter"], { name: "enhanced_metrics_disabled", label: text.noEnhanced, kind: "flag" }),
];

/** The settings and secrets of agents of a type. */
export function agentSettings(type: string): FieldSpec[] {
  return settings.flatMap(([types, spec]) => (types.includes(type) ? [spec] : []));
}

/** The fields of agents of a type. What it runs on is decided when it is entered. */
export function agentFields(type: string, isNew: boolean): FieldSpec[] {
  const services = !["bailiwick_agent", "node_exporter", "mtconnect_adapter"].includes(type);
  const nodes = [
    "rds_exporter",
    "azure_database_exporter",
    "mtconnect_adapter",
    "opamp",
    "external_exporter",
  ];
  return [
    ...(isNew
      ? ([
          {
            name: "runs_on",
            label: text.runsOn,
            kind: "object",
            noun: "nodes",
            required: type !== "external_exporter",
          },
        ] satisfies FieldSpec[])
      : []),
    ...(services
      ? ([
          { name: "observes.services", label: text.observesServices, kind: "objects", noun: "services" },
        ] satisfies FieldSpec[])
      : []),
    ...(nodes.includes(type)
      ? ([
          { name: "observes.nodes", label: text.observesNodes, kind: "objects", noun: "nodes" },
        ] satisfies FieldSpec[])
      : []),
    ...(type === "bailiwick_agent" || type === "opamp"
      ? []
      : ([
          {
            name: "listen_port",
            label: text.port,
            kind: "number",
            hint: type === "external_exporter" ? undefined : text.listenHint,
          },
        ] satisfies FieldSpec[])),
    ...agentSettings(type),
    labels,
    description,
  ];
}

/** The fields of sites. */
export const siteFields: FieldSpec[] = [name("Berlin"), description, labels];
