// The strings of signing in, invitations and the first start.
export const words = {
  signIn: {
    title: "Sign in",
    email: "E-mail address",
    password: "Password",
    next: "Sign in",
    forgot: "Forgot your password? An administrator can give you a new invitation.",
    firstStart:
      "First start? The server printed a link for the first administrator, and wrote the password to first-run.json in its data directory.",
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
} as const;
