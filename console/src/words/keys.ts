// The strings of the pages for API keys.
export const words = {
  list: {
    title: "API keys",
    lead: "Keys let programs use the API. Each does only what its scopes and its reach allow.",
  },
} as const;
