/** The time in UTC to the second: `2012-10-19T06:32:12Z`. */
export const utcNow = (): string => new Date().toISOString().replace(/\.\d+/, '')
