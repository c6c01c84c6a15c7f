import { captureNames, captureText } from 'memhp-captures'

interface CapturedFiles {
  readonly files: Readonly<Record<string, string>>
}

/** Texts of real kernels by path, with the capture that each is from. @param path matched as a whole */
export function capturedTexts(path: RegExp): readonly (readonly [string, string])[] {
  return captureNames().flatMap((name) => {
    const { files } = JSON.parse(captureText(name)) as CapturedFiles
    return Object.entries(files)
      .filter(([file]) => path.test(file))
      .map(([file, text]) => [`${name} ${file}`, text] as const)
  })
}
