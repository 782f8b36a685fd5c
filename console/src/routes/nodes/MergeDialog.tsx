import { useState } from "react";
import { markStale, queryClient } from "../../api/queries";
import { request, type AnswerOf } from "../../api/request";
import { ApiCallButton } from "../../parts/ApiCall";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Form, textOf } from "../../parts/Form";
import { ObjectField } from "../../parts/ObjectField";
import { Notice } from "../../parts/States";
import { toast } from "../../toasts";
import { words as general } from "../../words";
import { text } from "../../words/merge";

type Merged = AnswerOf<"nodes.merge">;

/** Merges a duplicate into a node. What would move is shown before anything is done. */
export function MergeDialog({
  node,
  onClose,
}: {
  node: { id: string; name: string; revision: number };
  onClose: () => void;
}) {
  const [plan, setPlan] = useState<{ from: string; merged: Merged }>();
  const merge = (from: string, dry_run: boolean) =>
    request("nodes.merge", {
      path: { node: node.id },
      body: { from, ...(dry_run ? { dry_run } : {}) },
      ...(dry_run ? {} : { ifMatch: node.revision }),
      target: node.name,
    });
  const submit = async (data: FormData) => {
    const from = textOf(data, "from") ?? "";
    if (plan?.from !== from) {
      setPlan({ from, merged: await merge(from, true) });
      return;
    }
    await merge(from, false);
    void markStale(queryClient, ["nodes", "services", "agents", "commands"]);
    toast({ kind: "done", text: text.done(from, node.name) });
    onClose();
  };
  return (
    <Dialog title={text.title(node.name)} onClose={onClose}>
      <Form
        onSubmit={submit}
        buttons={(busy) => (
          <>
            <Button type="submit" kind={plan ? "dangerMain" : "main"} busy={busy} needs="nodes.merge">
              {plan ? text.go : text.check}
            </Button>
            <Button onClick={onClose}>{general.cancel}</Button>
            <ApiCallButton
              call={{
                operation: "nodes.merge",
                path: { node: node.name },
                body: { from: plan?.from ?? "DUPLICATE", dry_run: true },
              }}
            />
          </>
        )}
      >
        <p>{text.explain(node.name)}</p>
        <ObjectField name="from" label={text.from} noun="nodes" required />
        {plan ? (
          <Notice kind="warn">
            <p>{text.plan(plan.from, node.name)}</p>
            <ul>
              {[...plan.merged.moved, ...plan.merged.deleted].map(({ noun, count }, index) => (
                <li key={`${noun} ${index}`}>
                  {count.toLocaleString("en")} {noun.replaceAll("_", " ")}:{" "}
                  {index < plan.merged.moved.length ? text.moved : text.deleted}
                </li>
              ))}
            </ul>
          </Notice>
        ) : null}
      </Form>
    </Dialog>
  );
}
