import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./page.css";
import { Page } from "./page";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(<Page hasSchema={root.dataset.introspection === "true"} />);
}
