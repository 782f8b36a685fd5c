import { words } from "../../words/account";

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
  [/^curl\//, "curl"],
  [/^bailiwick/i, "bailiwick"],
];
const systems: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** A `User-Agent` in two words: "Firefox, Linux". */
export function browserOf(userAgent: string | null | undefined): string {
  if (!userAgent) return words.unknownBrowser;
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [browser, system] = [find(browsers), find(systems)];
  return [browser ?? userAgent.split(/[\s/]/)[0], system].filter(Boolean).join(", ");
}
