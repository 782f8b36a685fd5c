import { Link } from "@tanstack/react-router";

/** A link to the page of a node. */
export function NodeLink({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/nodes/$node" params={{ node: id }}>
      {name}
    </Link>
  );
}
