/** The number that a text begins with, as simple_strtoull takes it: `0` where it begins with none. Source: lib/vsprintf.c 3.10. */
export const leadingNumber = (text: string): string =>
  /^(?:0[xX][0-9a-fA-F]+|[0-9]+)/.exec(text)?.[0] ?? '0'
