/** Where to go after signing in: where one was, if that is an address of the console. */
export function backTo(back: string | undefined): string {
  return back?.startsWith("/") && !back.startsWith("//") && !back.includes("\\") ? back : "/";
}
