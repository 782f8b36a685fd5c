import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError } from "../../api/problem";
import { useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { ApiCallButton } from "../../parts/ApiCall";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { Dialog } from "../../parts/Dialog";
import { Form, SelectField, TextField, textOf } from "../../parts/Form";
import { toast } from "../../toasts";
import { words as shared } from "../../words";
import { words } from "../../words/keys";
import type { Key } from "./draft";
import { organizationOf } from "./one";
import { NewSecret } from "./NewSecret";
import { fromLocalInput } from "./times";

const { detail } = words;

/** What can be done with a key. */
export function KeyActions({ item }: { item: Key }) {
  const [open, setOpen] = useState<"rotate" | "disable" | "delete">();
  const [made, setMade] = useState<AnswerOf<"keys.rotate">>();
  const navigate = useNavigate();
  const enable = useChange("keys.enable");
  const path = { key: item.id };
  const organization = organizationOf(item.kind);
  const close = () => setOpen(undefined);
  const works = () =>
    enable.mutate(
      { path, target: item.name, ...organization },
      {
        onSuccess: () => toast({ kind: "done", text: detail.enabled }),
        onError: (error) =>
          toast({ kind: "error", text: asApiError(error).message, requestId: error.requestId }),
      },
    );
  return (
    <>
      {item.kind === "org" || item.kind === "root" ? (
        <ButtonLink to="/settings/api-keys/$key/edit" params={path} needs="keys.update">
          {detail.edit}
        </ButtonLink>
      ) : null}
      {item.kind === "agent" ? null : (
        <Button needs="keys.rotate" onClick={() => setOpen("rotate")}>
          {detail.rotate}
        </Button>
      )}
      {item.disabled ? (
        <Button needs="keys.enable" busy={enable.isPending} onClick={works}>
          {detail.enable}
        </Button>
      ) : (
        <Button needs="keys.disable" onClick={() => setOpen("disable")}>
          {detail.disable}
        </Button>
      )}
      <Button kind="danger" needs="keys.delete" onClick={() => setOpen("delete")}>
        {detail.delete}
      </Button>
      {open === "rotate" ? (
        <Rotate item={item} onClose={close} onDone={(made) => (setMade(made), close())} />
      ) : null}
      {open === "disable" ? <Disable item={item} onClose={close} /> : null}
      {open === "delete" ? (
        <ConfirmDelete
          operation="keys.delete"
          path={path}
          what={detail.what}
          name={item.name}
          organization={organization.organization}
          onClose={close}
          onDeleted={() => void navigate({ to: "/settings/api-keys" })}
        />
      ) : null}
      {made ? <NewSecret made={made} onClose={() => setMade(undefined)} /> : null}
    </>
  );
}

type ActionProps = { item: Key; onClose: () => void };

function Rotate({
  item,
  onClose,
  onDone,
}: ActionProps & { onDone: (made: AnswerOf<"keys.rotate">) => void }) {
  const rotate = useChange("keys.rotate");
  const organization = organizationOf(item.kind);
  return (
    <Dialog title={words.rotate.title} onClose={onClose}>
      <p>{words.rotate.lead}</p>
      <Form
        onSubmit={async (data) => {
          const overlap_seconds = Number(data.get("overlap_seconds"));
          onDone(
            await rotate.mutateAsync({
              path: { key: item.id },
              body: { overlap_seconds },
              target: item.name,
              ...organization,
            }),
          );
        }}
        buttons={(busy) => (
          <>
            <Button type="submit" kind="main" busy={busy}>
              {words.rotate.submit}
            </Button>
            <Button onClick={onClose}>{shared.cancel}</Button>
            <ApiCallButton
              call={{ operation: "keys.rotate", path: { key: item.id }, body: { overlap_seconds: 3600 } }}
            />
          </>
        )}
      >
        <SelectField name="overlap_seconds" label={words.rotate.overlap} defaultValue="3600">
          {Object.entries(words.rotate.overlaps).map(([seconds, label]) => (
            <option key={seconds} value={seconds}>
              {label}
            </option>
          ))}
        </SelectField>
      </Form>
    </Dialog>
  );
}

function Disable({ item, onClose }: ActionProps) {
  const disable = useChange("keys.disable");
  const organization = organizationOf(item.kind);
  return (
    <Dialog title={words.disable.title} onClose={onClose}>
      <p>{words.disable.lead}</p>
      <Form
        onSubmit={async (data) => {
          const until = fromLocalInput(textOf(data, "until") ?? "");
          const body = {
            ...(textOf(data, "reason") ? { reason: textOf(data, "reason") } : {}),
            ...(until ? { until } : {}),
          };
          await disable.mutateAsync({ path: { key: item.id }, body, target: item.name, ...organization });
          toast({ kind: "done", text: words.disable.done });
          onClose();
        }}
        buttons={(busy) => (
          <>
            <Button type="submit" kind="dangerMain" busy={busy}>
              {words.disable.submit}
            </Button>
            <Button onClick={onClose}>{shared.cancel}</Button>
            <ApiCallButton call={{ operation: "keys.disable", path: { key: item.id } }} />
          </>
        )}
      >
        <TextField name="reason" label={words.disable.reason} hint={words.disable.reasonHint} optional />
        <TextField
          name="until"
          label={words.disable.until}
          hint={words.disable.untilHint}
          optional
          type="datetime-local"
        />
      </Form>
    </Dialog>
  );
}
