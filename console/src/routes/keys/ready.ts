// Lines that use a new key at once, to see that it works.
import { psString, shWord } from "../../quote";

export type ReadyForm = "curl" | "powershell" | "python";

/** A line that asks who the key is. */
export function readyLine(form: ReadyForm, secret: string, origin: string): string {
  const address = `${origin}/v1/whoami`;
  switch (form) {
    case "curl":
      return `curl -sS -H ${shWord(`Authorization: Bearer ${secret}`)} ${shWord(address)}`;
    case "powershell":
      return `Invoke-RestMethod -Uri ${psString(address)} -Headers @{ Authorization = ${psString(`Bearer ${secret}`)} }`;
    case "python":
      return `python3 -c ${shWord(`import urllib.request as r; print(r.urlopen(r.Request("${address}", headers={"Authorization": "Bearer ${secret}"})).read().decode())`)}`;
  }
}

/** The public part of a key, with the rest hidden. */
export function masked(secret: string): string {
  return `${secret.split("_").slice(0, 3).join("_")}_••••••••`;
}
