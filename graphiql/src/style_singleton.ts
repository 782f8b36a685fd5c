/**
 * In place of the package `react-style-singleton`, which dialogs use to stop the page behind them from
 * scrolling. That package makes `<style>` elements, which the content security policy refuses; style sheets
 * that a script constructs are allowed.
 */
import { useEffect } from "react";

interface Props {
  styles: string;
}

export function styleSingleton() {
  return function Sheet({ styles }: Props) {
    useEffect(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      document.adoptedStyleSheets.push(sheet);
      return () => {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      };
    }, [styles]);
    return null;
  };
}
