/** Order by code units, for files that must be the same everywhere. */
export const compareCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The names of a path. */
const pathNames = (path: string): string[] => path.split('/').filter((name) => name !== '')

/** What a link's text leads to, by text alone: `..` of a link is not looked at. */
export function linkedPath(linkPath: string, target: string): string {
  const names = target.startsWith('/') ? [] : pathNames(linkPath).slice(0, -1)
  for (const name of pathNames(target)) {
    if (name === '..') names.pop()
    else if (name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

/** The directory of a path. */
export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
