import { GraphiQL } from "graphiql";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type Access, type Caller, Refused, store, storedAccess, UNREACHABLE, whoami } from "./access";
import { Bar } from "./bar";
import { connect } from "./fetcher";
import { SignIn } from "./sign_in";

const FIRST_QUERY = `# Ctrl-Space completes a name.
# Ctrl-Enter asks.
{
  nodes(limit: 10) {
    name
    type
    status
    site {
      name
    }
  }
}
`;

/** What the page shows. */
type State =
  | { kind: "starting" }
  | { kind: "asking"; organization: string; complaint: string }
  | { kind: "open"; access: Access; caller: Caller; complaint: string };

/** The whole page: the form for a key, and after it the editor. */
export function Page({ hasSchema }: { hasSchema: boolean }) {
  const [state, setState] = useState<State>({ kind: "starting" });

  const ask = useCallback((organization: string, complaint: string) => {
    store({ key: "", organization });
    setState({ kind: "asking", organization, complaint });
  }, []);

  /** Opens the editor. If the access is refused, calls `onRefused` with the reason. */
  const open = useCallback(async (access: Access, onRefused: (refused: Refused) => void) => {
    try {
      const caller = await whoami(access);
      store(access);
      setState({ kind: "open", access, caller, complaint: "" });
    } catch (error) {
      onRefused(error instanceof Refused ? error : new Refused(0, UNREACHABLE));
    }
  }, []);

  useEffect(() => {
    const access = storedAccess();
    void open(access, ({ status, message }) => {
      // Nobody has asked for anything yet: that there is no session is no error.
      ask(access.organization, status === 401 && !access.key ? "" : message);
    });
  }, [open, ask]);

  if (state.kind === "starting") {
    return null;
  }
  if (state.kind === "asking") {
    const enter = (access: Access) => open(access, ({ message }) => ask(access.organization, message));
    return <SignIn {...state} onEnter={enter} />;
  }
  const { access } = state;
  const leave = (complaint: string) => ask(access.organization, complaint);
  const change = (organization: string) =>
    void open({ ...access, organization }, ({ status, message }) =>
      status === 401 ? leave(message) : setState({ ...state, complaint: message }),
    );
  return (
    <>
      <Bar {...state} onOrganization={change} onLeave={() => leave("")} />
      {!hasSchema && (
        <p className="notice" role="note">
          There is no schema to browse, and names are not completed: <code>graphql.introspection</code> is{" "}
          <code>false</code> on this server. Queries are answered.
        </p>
      )}
      <Editor key={access.organization} access={access} hasSchema={hasSchema} onRefused={leave} />
    </>
  );
}

interface EditorProps {
  access: Access;
  hasSchema: boolean;
  onRefused(detail: string): void;
}

function Editor({ access, hasSchema, onRefused }: EditorProps) {
  // A new connection only for a new access: for a new fetcher the editor reads the schema again.
  const connection = useMemo(() => connect(access, onRefused), [access]);
  useEffect(() => () => connection.close(), [connection]);
  return (
    <GraphiQL
      fetcher={connection.fetcher}
      // Without a schema the editor would ask for it, and show the refusal as an error.
      schema={hasSchema ? undefined : null}
      defaultQuery={FIRST_QUERY}
      // The form is for the key. Headers that are typed here would be stored with the queries.
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
    />
  );
}
