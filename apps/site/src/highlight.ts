import highlighter from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import typescript from 'highlight.js/lib/languages/typescript'
import yaml from 'highlight.js/lib/languages/yaml'

highlighter.registerLanguage('ts', typescript)
highlighter.registerLanguage('sh', bash)
highlighter.registerLanguage('yaml', yaml)
highlighter.registerLanguage('json', json)
highlighter.registerLanguage('py', python)

const ALIASES: Readonly<Record<string, string>> = {
  typescript: 'ts',
  js: 'ts',
  mjs: 'ts',
  cjs: 'ts',
  bash: 'sh',
  yml: 'yaml',
  jsonc: 'json',
  python: 'py',
}

export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** A text as HTML, its words marked where the language is known. @param language as a fence or a file's name has it */
export function highlight(text: string, language: string): string {
  const name = ALIASES[language] ?? language
  if (highlighter.getLanguage(name) === undefined) return escapeHtml(text)
  return highlighter.highlight(text, { language: name }).value
}
