import { timingSafeEqual } from 'node:crypto'

/** What a request says of itself. */
export interface RequestHead {
  readonly method: string | undefined
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
}

/** What the server is called, and the token that its page has. */
export interface Guarded {
  readonly port: number
  readonly token: string
}

/** Names of loopback that a browser may use: a page of elsewhere whose name leads here has another. */
const namesOf = (port: number): readonly string[] => [
  `127.0.0.1:${port}`,
  `localhost:${port}`,
  `[::1]:${port}`,
]

/**
 * What is wrong with where a request comes from; undefined where nothing is. A name that was made to lead to loopback (DNS
 * rebinding) and a page of another origin are refused.
 */
export function wrongOrigin({ host, origin }: RequestHead, { port }: Guarded): string | undefined {
  const names = namesOf(port)
  if (host === undefined || !names.includes(host)) return 'The server answers on loopback only.'
  if (origin === undefined || names.some((name) => origin === `http://${name}`)) return undefined
  return 'The server answers its page only.'
}

/** Whether a request has the token, told in a time that does not depend on how much of it is right. */
export function hasToken({ authorization = '' }: RequestHead, { token }: Guarded): boolean {
  const [given, wanted] = [Buffer.from(authorization), Buffer.from(`Bearer ${token}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** What a browser is told of every answer: scripts of the page alone, and no other site may frame or read it. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
