import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const CAPTURES = fileURLToPath(new URL('../../../captures/', import.meta.url))

interface CapturedFiles {
  readonly files: Readonly<Record<string, string>>
}

/** Texts of real kernels by path, with the capture that each is from. @param path matched as a whole */
export function capturedTexts(path: RegExp): readonly (readonly [string, string])[] {
  return readdirSync(CAPTURES)
    .filter((name) => name.endsWith('.json.gz'))
    .flatMap((name) => {
      const { files } = JSON.parse(
        gunzipSync(readFileSync(CAPTURES + name)).toString(),
      ) as CapturedFiles
      return Object.entries(files)
        .filter(([file]) => path.test(file))
        .map(([file, text]) => [`${name} ${file}`, text] as const)
    })
}
