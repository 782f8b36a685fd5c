import { useEffect } from "react";
import { usePreference } from "./preferences";

/** The colours: those of the system, or always light or dark. */
export type Theme = "system" | "light" | "dark";

/** The theme and a way to change it. `theme.boot.js` sets it before the first paint. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = usePreference<Theme>("theme", "system");
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, setTheme];
}
