import { describe, expect, test } from 'vitest'
import { hasToken, wrongOrigin } from './guard'

const GUARDED = { port: 8123, token: 'secret' }
const HEAD = { method: 'GET', host: '127.0.0.1:8123', origin: undefined, authorization: undefined }

describe('a request', () => {
  test.each(['127.0.0.1:8123', 'localhost:8123', '[::1]:8123'])('to %s is answered', (host) => {
    expect(wrongOrigin({ ...HEAD, host }, GUARDED)).toBeUndefined()
    expect(wrongOrigin({ ...HEAD, host, origin: `http://${host}` }, GUARDED)).toBeUndefined()
  })

  test.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8123',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:8123.evil.example',
  ])('to the name %s is refused', (host) => {
    expect(wrongOrigin({ ...HEAD, host }, GUARDED)).toContain('loopback')
  })

  test.each(['http://evil.example', 'https://127.0.0.1:8123', 'http://127.0.0.1:9', 'null', ''])(
    'of the page %s is refused',
    (origin) => {
      expect(wrongOrigin({ ...HEAD, origin }, GUARDED)).toContain('its page only')
    },
  )

  test.each([undefined, '', 'secret', 'Bearer', 'Bearer secre', 'Bearer secret2', 'bearer secret'])(
    'with the authorization %s has no token',
    (authorization) => {
      expect(hasToken({ ...HEAD, authorization }, GUARDED)).toBe(false)
    },
  )

  test('with the token has it', () => {
    expect(hasToken({ ...HEAD, authorization: 'Bearer secret' }, GUARDED)).toBe(true)
  })
})
