import { posix } from 'node:path'
import { Marked, type Token } from 'marked'
import { BuiltSite } from './check-links'
import { isElsewhere, Links } from './links'
import { groupsOf } from './pages'

/** Where what is published lies for everybody: the one place from which links and manifests have it. */
export interface Addresses {
  /** Of the site, ending with a slash: `https://example.org/memhp/`. */
  readonly site: string
  /** Of the repository, as npm writes it: `git+https://example.org/memhp.git`. */
  readonly repository: string
}

/**
 * Reads the two addresses as a person gives them.
 * @throws Error where one is missing, or is not one that everybody can reach: http, https; for the repository also ssh, each with or
 *   without `git+`
 */
export function addressesOf(given: {
  readonly site: string | undefined
  readonly repository: string | undefined
}): Addresses {
  const site = urlOf('--site', given.site, /^https?:$/)
  const repository = urlOf('--repository', given.repository, /^(?:git\+)?(?:https?|ssh):$/)
  if (!site.pathname.endsWith('/')) site.pathname += '/'
  return {
    site: site.href,
    repository: repository.protocol.startsWith('git+') ? repository.href : `git+${repository.href}`,
  }
}

function urlOf(flag: string, text: string | undefined, protocols: RegExp): URL {
  if (text === undefined || text === '')
    throw new Error(`${flag} is missing: what is published says where its site and repository are`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.search === '' && url.hash === '' && url.password === ''
  if (url !== undefined && isPlain && url.host !== '' && protocols.test(url.protocol)) return url
  throw new Error(
    `${flag} ${JSON.stringify(text)}: not an address such as https://example.org/memhp`,
  )
}

/** A package as it is published. */
export interface Addressed {
  readonly manifest: Readonly<Record<string, unknown>>
  readonly readme: string
}

const UNPUBLISHED = /^Not on npm yet: .*$/m

/** Makes what is published of a package point to a built site. */
export class Addresser {
  readonly #addresses: Addresses
  readonly #built: string
  readonly #site: BuiltSite
  readonly #links: Links

  /** @param places.root the repository @param places.built the folder of the built site */
  constructor(
    addresses: Addresses,
    { root, built }: { readonly root: string; readonly built: string },
  ) {
    this.#addresses = addresses
    this.#built = built
    this.#site = new BuiltSite(built)
    this.#links = new Links(
      root,
      groupsOf(root).flatMap(({ pages }) => pages),
    )
  }

  /**
   * The absolute address of what a link of a file of the repository names.
   * @throws Error where the built site has no such page, or the page no such heading
   */
  #absolute(source: string, href: string): string {
    if (isElsewhere(href)) return href
    const page = this.#links.target(source)
    const named = href.startsWith('#')
      ? `${posix.basename(page)}${href}`
      : this.#links.resolve(source, href)
    const target = posix.join(posix.dirname(page), named)
    if (!this.#site.has('index.html', target))
      throw new Error(
        `${source}: ${href} leads to ${target}, which the site in ${this.#built} has not`,
      )
    return new URL(target, this.#addresses.site).href
  }

  /**
   * A package with true addresses: `homepage`, `repository` and the links of its README. Instead of how to have it unpublished it says how
   * npm installs it.
   * @param folder below the root of the repository: `packages/core`
   * @throws Error for a link that leads nowhere on the site
   */
  address(folder: string, { manifest, readme }: Addressed): Addressed {
    const source = `${folder}/README.md`
    const { version, ...rest } = manifest
    const install = `\`\`\`sh\nnpm install ${String(manifest.name)}\n\`\`\``
    return {
      manifest: {
        ...rest,
        version,
        homepage: this.#absolute(source, 'README.md'),
        repository: { type: 'git', url: this.#addresses.repository, directory: folder },
      },
      readme: withLinks(readme.replace(UNPUBLISHED, install), (href) =>
        this.#absolute(source, href),
      ),
    }
  }
}

/** A link, or code, as it stands in a text. */
interface Part {
  readonly raw: string
  /** Null for code. */
  readonly href: string | null
  /** What a link shows: it stands within another part. */
  readonly isShown: boolean
}

/** Links and code of a text, in their order. */
function partsOf(text: string): readonly Part[] {
  const marked = new Marked({ gfm: true })
  const parts: Part[] = []
  const shown = new Set<Token>()
  void marked.walkTokens(marked.lexer(text), (token) => {
    const { type, raw } = token
    const isShown = shown.has(token)
    const isLink = type === 'link' || type === 'image'
    if ((isLink || isShown) && 'tokens' in token)
      for (const inner of token.tokens ?? []) shown.add(inner)
    if (isLink) parts.push({ raw, href: String(token.href), isShown })
    if (type === 'code' || type === 'codespan') parts.push({ raw, href: null, isShown })
  })
  return parts
}

/** The same text, with other links. Code stays as it is. @throws Error for a link that is written in another way than `[text](address)` */
function withLinks(text: string, absolute: (href: string) => string): string {
  let [done, rest] = ['', text]
  for (const { raw, href, isShown } of partsOf(text)) {
    const address = href === null ? null : absolute(href)
    const at = isShown ? -1 : rest.indexOf(raw)
    if (at === -1 && address === href) continue
    const written = `](${href})`
    if (at === -1 || (address !== href && !raw.endsWith(written)))
      throw new Error(`a link is not written as ${written}: ${raw}`)
    const part = address === href ? raw : `${raw.slice(0, -written.length)}](${address})`
    done += `${rest.slice(0, at)}${part}`
    rest = rest.slice(at + raw.length)
  }
  return done + rest
}
