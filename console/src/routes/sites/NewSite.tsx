import { siteFields } from "../../inventory/fields";
import { NewForm } from "../../inventory/NewForm";
import { words } from "../../words/inventory";

const text = words.sites;

export default function NewSite() {
  return (
    <NewForm
      operation="sites.create"
      title={text.new}
      up={{ to: "/sites", label: text.title }}
      fields={() => siteFields}
      created={({ id, name }) => ({ to: `/sites/${id}`, text: text.created(name ?? id) })}
    />
  );
}
