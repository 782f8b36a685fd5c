import { useParams } from "@tanstack/react-router";
import type { AnswerOf } from "../../api/request";
import { EditForm } from "../../inventory/EditForm";
import { siteFields } from "../../inventory/fields";
import { words } from "../../words/inventory";

type Site = AnswerOf<"sites.get">;

export default function EditSite() {
  const { site } = useParams({ strict: false });
  return (
    <EditForm<Site>
      noun="sites"
      field="site"
      id={site ?? ""}
      up="/sites"
      nameOf={(site) => site.name}
      title={words.sites.edit}
      saved={words.sites.saved}
      fields={() => siteFields}
      valuesOf={(site) => Promise.resolve({ ...site })}
      stale={["nodes"]}
    />
  );
}
