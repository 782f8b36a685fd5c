// The strings of signing in, invitations and the first start.
export const words = {
  signIn: {
    title: "Sign in",
    email: "E-mail address",
    password: "Password",
    next: "Sign in",
    forgot:
      "Forgot your password? An administrator can give you a new invitation. For the only administrator, bailiwick admin reset on the server's machine prints a link.",
    firstStart:
      "First start? The server printed a link for the first administrator, and wrote the e-mail address and the password to first-run.json in its data directory.",
    codeTitle: "Second factor",
    code: "Code from your authenticator",
    codeHint: "Six digits, new every 30 seconds.",
    recovery: "Recovery code",
    recoveryHint: "One of the codes that you stored when you set up the second factor. Each works once.",
    useRecovery: "Use a recovery code instead",
    useCode: "Use the authenticator instead",
    confirm: "Confirm",
    back: "Back",
    wait: (seconds: number) => `Too many attempts failed. The next one is possible in ${seconds} seconds.`,
    waitLong: (minutes: number) =>
      `Too many attempts failed. The next one is possible in ${minutes} minutes.`,
    failed: "The e-mail address, the password or the code is wrong.",
    codeFailed: "The code is wrong, or was used already. Wait for the next one.",
    ended: "Your session has ended. Sign in to go on where you were.",
    plainHttp: "Nobody can sign in over plain HTTP",
    plainHttpExplain:
      "The browser sends the session's cookie only over an encrypted connection. Open the console with https://, or put a proxy with a certificate in front of the server.",
  },
  invitation: {
    title: "Accept your invitation",
    lead: "Choose a password. From then on you sign in with it.",
    firstTitle: "Choose your password",
    firstLead: "You administer this server. From now on you sign in with this password.",
    token: "Invitation",
    tokenHint: "The text that you were given. It works once, within a week.",
    password: "New password",
    passwordHint: "At least 12 characters. Four words that do not belong together are easy to remember.",
    repeat: "The same again",
    differ: "The two passwords differ.",
    tooShort: (missing: number) => `${missing} more characters are needed.`,
    submit: "Accept",
    firstSubmit: "Set the password",
    unknown: "This invitation was used or replaced, or is older than a week. Ask for a new one.",
    firstUnknown:
      "This link was used, or is too old. Run bailiwick admin link on the server's machine for a new one, or sign in with the password in first-run.json.",
    toSignIn: "To the sign-in page",
    accepted: (email: string) => `The password is set. Sign in as ${email}.`,
  },
} as const;
