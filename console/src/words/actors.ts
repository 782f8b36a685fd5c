// The strings that name who did something.
export const words = {
  system: "the server",
  anonymous: "an unknown caller",
  key: "key",
} as const;
