/**
 * Text of a file beside the page, unpacked where its name ends in .gz.
 * @param path relative to the page
 * @throws Error where it cannot be had
 */
export async function fetchText(path: string): Promise<string> {
  const { location } = globalThis as unknown as { readonly location: { readonly href: string } }
  const address = new URL(path, new URL('..', location.href))
  const response = await fetch(address)
  if (!response.ok || response.body === null)
    throw new Error(`${path} cannot be read (${response.status}).`)
  const stream = path.endsWith('.gz')
    ? response.body.pipeThrough(new DecompressionStream('gzip'))
    : response.body
  return new Response(stream).text()
}
