// The grammar of label selectors (docs/api-conventions.md, "Lists"), to say what is wrong while one types. The server
// decides.
import { words } from "./words";

/** What is wrong with a selector, and where: the position counts characters from 1. */
export type SelectorError = { position: number; text: string };

const KEY = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const PLAIN = /^[a-zA-Z0-9_.:/-]+/;

/** What is wrong with a selector; undefined if nothing is. */
export function selectorError(text: string): SelectorError | undefined {
  let at = 0;
  const rest = () => text.slice(at);
  const space = () => {
    at += /^\s*/.exec(rest())?.[0].length ?? 0;
  };
  const take = (pattern: RegExp) => {
    const found = pattern.exec(rest())?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const wrong = (text: string) => ({ position: at + 1, text });
  const value = (): SelectorError | undefined => {
    space();
    if (rest().startsWith('"')) {
      const quoted = take(/^"(?:[^"\\]|\\.)*"/);
      return quoted === undefined ? wrong(words.labels.openQuote) : undefined;
    }
    return take(PLAIN) === undefined ? wrong(words.labels.expectValue) : undefined;
  };
  space();
  if (rest() === "") return undefined;
  for (;;) {
    space();
    const not = take(/^!/);
    space();
    if (take(KEY) === undefined) return wrong(words.labels.expectKey);
    space();
    if (not === undefined) {
      if (take(/^(==|!=|=)/) !== undefined) {
        const error = value();
        if (error) return error;
      } else if (take(/^(in|notin)\b/) !== undefined) {
        space();
        if (take(/^\(/) === undefined) return wrong(words.labels.expectOpen);
        for (;;) {
          const error = value();
          if (error) return error;
          space();
          if (take(/^\)/) !== undefined) break;
          if (take(/^,/) === undefined) return wrong(words.labels.expectClose);
        }
      } else if (rest() !== "" && !rest().startsWith(",")) return wrong(words.labels.expectOperator);
    }
    space();
    if (rest() === "") return undefined;
    if (take(/^,/) === undefined) return wrong(words.labels.expectComma);
  }
}
