/** The command's arguments are wrong. */
export class UsageError extends Error {}
