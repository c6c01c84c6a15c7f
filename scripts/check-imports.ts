// Fails where an import or a dependency goes against scripts/import-rules.ts.
import { posix } from 'node:path'
import ts from 'typescript'
import { dependencyViolations, type InnerImport, importViolation, roomCircle } from './import-rules'
import { isTest, type Package, readPackages, readText, typescriptFiles } from './workspace'

const packages = readPackages()
let count = 0

function report(place: string, violation: string): void {
  console.error(`${place}: ${violation}`)
  process.exitCode = 1
}

/** Reports what is wrong with the imports of a file. @returns those within its package */
function checkFile(importer: Package, file: string): InnerImport[] {
  const inner: InnerImport[] = []
  const inTest = isTest(file)
  for (const { fileName: specifier } of ts.preProcessFile(readText(file)).importedFiles) {
    count++
    const violation = importViolation({ importer, file, specifier, inTest }, packages)
    if (violation !== undefined) report(file, violation)
    const isInner = specifier.startsWith('.') && !inTest
    if (isInner) inner.push({ file, target: posix.join(posix.dirname(file), specifier) })
  }
  return inner
}

for (const importer of packages) {
  for (const violation of dependencyViolations(importer)) {
    report(`${importer.folder}/package.json`, violation)
  }
  const inner = typescriptFiles(importer.folder).flatMap((file) => checkFile(importer, file))
  const circle = roomCircle(inner) ?? []
  for (const { file, target } of circle) report(file, `closes a circle of rooms: imports ${target}`)
}

console.log(`${count} imports in ${packages.length} packages`)
