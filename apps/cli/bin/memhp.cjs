#!/usr/bin/env node
// Committed, so that an install links the command before anything is built.
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const DIST = join(__dirname, '../dist')
const PROGRAM = join(DIST, 'main.js')

/** What V8 compiled of a file when the command was built; none for a file that only some commands need. */
function codeCache(file) {
  try {
    return readFileSync(`${file}.cache`)
  } catch {
    return undefined
  }
}

/** The modules that are loaded, and the scripts that they were made of, by file. */
const modules = new Map()
const scripts = new Map()

/**
 * Loads a file of the built command as `require` would, but out of the code cache. Where the cache is another V8's, it
 * is compiled.
 */
function load(file) {
  const known = modules.get(file)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  modules.set(file, module)
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
  const script = new Script(source, { filename: file, cachedData: codeCache(file) })
  scripts.set(file, script)
  const requireFrom = (id) => (id.startsWith('./') ? load(join(DIST, id)) : require(id))
  script.runInThisContext()(module.exports, requireFrom, module, file, DIST)
  return module.exports
}

/** A thread loads what it runs itself, and the build what it writes the code cache of. */
if (require.main === module) {
  if (existsSync(PROGRAM)) load(PROGRAM)
  else {
    process.stderr.write('memhp: the command is not built yet. In the repository: npm start\n')
    // As shells do for a command that is found and cannot be run.
    process.exitCode = 126
  }
}

module.exports = { DIST, PROGRAM, load, scripts }
