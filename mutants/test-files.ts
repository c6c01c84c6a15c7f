/** What a test file is called: its own name without `.test.ts`, behind that of its package where two share it. */
const namesOf = (file: string): readonly string[] => {
  const name = file.replace(/^.*\//, '').replace(/\.test\.ts$/, '')
  return [name, `${file.split('/')[1]}/${name}`]
}

/**
 * The test file of a name: `sweep`, or `conformance/mapping` where packages have files of one name.
 * @throws Error where there is none, or several
 */
export function testFile(name: string, files: readonly string[]): string {
  const found = files.filter((file) => namesOf(file).includes(name))
  const [file] = found
  if (file !== undefined && found.length === 1) return file
  throw new Error(
    found.length === 0
      ? `There is no test file "${name}".`
      : `"${name}" may be any of ${found.join(', ')}: give its package, as in "conformance/${name}".`,
  )
}
