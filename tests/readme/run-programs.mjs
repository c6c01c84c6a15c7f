// Runs programs one after the other in one process, and sends what each printed, and how it failed, to the parent.
import { pathToFileURL } from 'node:url'
import { format, inspect } from 'node:util'

for (const file of process.argv.slice(2)) {
  let output = ''
  const write = (...values) => {
    output += `${format(...values)}\n`
  }
  Object.assign(console, { log: write, error: write, warn: write })
  const failure = await import(pathToFileURL(file).href).then(
    () => null,
    (error) => inspect(error),
  )
  process.send?.({ file, output, failure })
}
