// Times in `<input type="datetime-local">`, which has no zone: it is the person's.

/** A time of the server in the form that the input takes. */
export function localInput(time: string): string {
  if (time === "") return "";
  const at = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What the input holds, as a time for the server; empty if it is empty or no time. */
export function fromLocalInput(text: string): string {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
