import { shWord } from "../quote";

/** What the lines for a machine need. */
export type EnrolLines = {
  /** The address of the server, as the machine reaches it. */
  server: string;
  /** The key for enrolment. */
  key: string;
  /** Whether the machine has to be given the server's certificate. */
  certificate: boolean;
};

/** The lines that enrol a machine, for a shell of its administrator. The key is read from a file, because other users
 *  of a machine see the arguments of its programs. */
export function enrolLines({ server, key, certificate }: EnrolLines): string {
  const words = [
    "bailiwick agent",
    `--server ${shWord(server)}`,
    "--enrol-file /etc/bailiwick/enrol.key",
    ...(certificate ? ["--ca certificate.pem"] : []),
  ];
  return [
    "install -d -m 0755 /etc/bailiwick",
    "install -m 0600 /dev/stdin /etc/bailiwick/enrol.key <<'KEY'",
    key,
    "KEY",
    words.join(" "),
  ].join("\n");
}
