import { ImportPage } from "../../inventory/ImportPage";

const example = `name,type,address,site,label.env
db-1,generic,10.20.0.11,,prod
db-2,generic,10.20.0.12,,prod
`;

export default function ImportNodes() {
  return <ImportPage noun="nodes" example={example} />;
}
