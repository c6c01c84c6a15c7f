/** Text as one word of a POSIX shell, and of the machine's shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
