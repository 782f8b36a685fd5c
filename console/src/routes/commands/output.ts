// The output of programs: it may be anything, not only text.

/** Text in which characters that control a terminal are drawn as symbols (U+2400 and on), except line ends and tabs. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (character) =>
    character === "\r"
      ? ""
      : character === "\u007f"
        ? "\u2421"
        : String.fromCharCode(0x2400 + character.charCodeAt(0)),
  );
}

/** Whether a text has characters that control a terminal. */
export function hasControls(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text);
}

/** Bytes from Base64 (RFC 4648, section 4). */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const encoder = new TextEncoder();

/** The bytes of a piece of output. */
export function outputBytes(piece: { text: string; base64?: string | null }): Uint8Array<ArrayBuffer> {
  return piece.base64 ? bytesOf(piece.base64) : encoder.encode(piece.text);
}

/** The state of a hash before the first byte. */
export const EMPTY_HASH = { a: 0x811c9dc5, b: 0x1b873593 };
export type Hash = typeof EMPTY_HASH;

/** Takes bytes into a hash (FNV-1a, twice with different beginnings). It tells outputs apart; it proves nothing. */
export function hashOn({ a, b }: Hash, bytes: Uint8Array): Hash {
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b) + 1;
  }
  return { a, b };
}

/** The first line of a text that is not empty, cut to `most` characters. */
export function firstLine(text: string, most = 200): string {
  const line = /^\s*([^\n]*)/.exec(text)?.[1] ?? "";
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
