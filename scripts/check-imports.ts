// Fails where an import or a dependency goes against scripts/import-rules.ts.
import ts from 'typescript'
import { dependencyViolations, importViolation } from './import-rules'
import { isTest, readPackages, readText, typescriptFiles } from './workspace'

const packages = readPackages()
let count = 0

function report(place: string, violation: string): void {
  console.error(`${place}: ${violation}`)
  process.exitCode = 1
}

for (const importer of packages) {
  for (const violation of dependencyViolations(importer)) {
    report(`${importer.folder}/package.json`, violation)
  }
  for (const file of typescriptFiles(importer.folder)) {
    for (const { fileName: specifier } of ts.preProcessFile(readText(file)).importedFiles) {
      count++
      const imported = { importer, file, specifier, inTest: isTest(file) }
      const violation = importViolation(imported, packages)
      if (violation !== undefined) report(file, violation)
    }
  }
}

console.log(`${count} imports in ${packages.length} packages`)
