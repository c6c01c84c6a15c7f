#!/usr/bin/env node
// Committed, so that an install links the command before anything is built.
import { existsSync } from 'node:fs'

const program = new URL('../dist/main.js', import.meta.url)
if (existsSync(program)) await import(program.href)
else {
  process.stderr.write('memhp: the command is not built yet. In the repository: npm start\n')
  // As shells do for a command that is found and cannot be run.
  process.exitCode = 126
}
