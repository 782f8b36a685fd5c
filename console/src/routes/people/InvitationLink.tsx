import type { AnswerOf } from "../../api/request";
import { SecretOnce } from "../../parts/SecretOnce";
import { exactTime } from "../../parts/Time";
import { words } from "../../words/people";
import { invitationLink } from "./roles";

type InvitationLinkProps = {
  invitation: AnswerOf<"users.invite">;
  name: string;
  onClose: () => void;
};

/** Shows the link of an invitation, to be handed over. */
export function InvitationLink({ invitation, name, onClose }: InvitationLinkProps) {
  return (
    <SecretOnce
      title={words.invite.linkTitle(name)}
      label={words.invite.link}
      secret={invitationLink(invitation.token)}
      onClose={onClose}
    >
      <p>{words.invite.linkHint(exactTime(new Date(invitation.expires_at)))}</p>
    </SecretOnce>
  );
}
