import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, readText } from '../../scripts/workspace'

/** A fenced block of a page. */
export interface Block {
  /** The page, relative to the root: `packages/core/README.md`. */
  readonly page: string
  /** Line of its first line of text, from 1. */
  readonly line: number
  /** `ts`, `sh`, …; empty where the fence names none. */
  readonly language: string
  /** What stands behind the language, which a reader does not see. */
  readonly words: readonly string[]
  readonly text: string
}

/** Folders without pages of ours. */
const NOT_OURS = ['node_modules', 'dist', 'src', 'tests']

/** Every page of the repository for people who use it, relative to its root. */
export const PAGES: readonly string[] = pagesBelow('')

function pagesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory())
      return entry.name.startsWith('.') || NOT_OURS.includes(entry.name) ? [] : pagesBelow(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** The fenced blocks of a page, in its order. */
export function blocksOf(page: string): readonly Block[] {
  const fences = /^```(\S*)(.*)\n([\s\S]*?)^```$/gm
  const text = readText(page)
  return [...text.matchAll(fences)].map(
    ({ 1: language = '', 2: info = '', 3: body = '', index }) => ({
      page,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      words: info.split(' ').filter((word) => word !== ''),
      text: body,
    }),
  )
}

/** All blocks of a language. */
export const blocksIn = (language: string): readonly Block[] =>
  PAGES.flatMap(blocksOf).filter((block) => block.language === language)

/** Where a block stands, as a test's name says it. */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`
