// Files of the page's folder, and files that a person drops.
import { errorText } from '../error-text'
import type { Source } from '../protocol/messages'
import type { Scene } from './scenes'

/** Most bytes of a file that is read: captures of large hosts have some megabytes. */
const MOST_BYTES = 64 * 2 ** 20

async function textOf(stream: ReadableStream<Uint8Array>, isPacked: boolean): Promise<string> {
  const plain = isPacked
    ? stream.pipeThrough(
        new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>,
      )
    : stream
  const reader = plain.getReader()
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > MOST_BYTES) throw new Error(`The file has more than ${MOST_BYTES / 2 ** 20} MiB.`)
    text += decoder.decode(value, { stream: true })
  }
}

/** Text of a file that was dropped, unpacked where it is packed. @throws Error that says what is wrong with it */
export async function readDropped(file: File): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  const isPacked = head[0] === 0x1f && head[1] === 0x8b
  try {
    return await textOf(file.stream(), isPacked)
  } catch (error) {
    const why = errorText(error)
    throw new Error(`${file.name} cannot be read: ${why}`)
  }
}

async function fetchScene(file: string): Promise<string> {
  const response = await fetch(`scenes/${file}`)
  if (!response.ok || response.body === null)
    throw new Error(`The scene ${file} cannot be read (${response.status}).`)
  return textOf(response.body, file.endsWith('.gz'))
}

/** Where the machine of a scene comes from. @throws Error where its file cannot be had */
export async function sourceOf({ name, file }: Scene): Promise<Source> {
  return file === null
    ? { kind: 'scene', scene: name }
    : { kind: 'file', name: file, text: await fetchScene(file) }
}
