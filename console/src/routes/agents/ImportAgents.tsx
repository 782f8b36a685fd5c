import { ImportPage } from "../../inventory/ImportPage";

const example = `type,runs_on,listen_port,label.env
node_exporter,db-1,,prod
`;

export default function ImportAgents() {
  return <ImportPage noun="agents" example={example} />;
}
