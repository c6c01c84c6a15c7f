/** What went wrong, as a person may read it. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
