import { ImportPage } from "../../inventory/ImportPage";

const example = `name,type,nodes,address,port,label.env
orders,postgresql,db-1,127.0.0.1,5432,prod
`;

export default function ImportServices() {
  return <ImportPage noun="services" example={example} />;
}
