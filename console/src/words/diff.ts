// The strings of differences between texts.
import { count } from ".";

export const words = {
  title: "Difference",
  none: "The texts are the same.",
  hidden: (number: number) => count(number, "equal line", "equal lines"),
  added: "added:",
  removed: "removed:",
} as const;
