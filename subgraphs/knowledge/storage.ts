/** Longer articles than this take seconds of the only thread that there is. In UTF-16 units. */
const maxLength = 2_000_000

/** Deeper articles than this nobody writes, and quadratic work and the stack's end lie there. */
const maxDepth = 64

/** What means something in Markdown, or parts what does. Of another tag only the content stays. */
const known: ReadonlySet<string> = new Set((
  'h1 h2 h3 h4 h5 h6 p br hr div span blockquote pre code em strong b i s del sub sup kbd a img ul ol li dl dt dd '
  + 'table thead tbody tfoot tr th td caption colgroup col section article header footer figure figcaption'
).split(' '))

const voids: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'col'])

/** What browsers open again in every paragraph until it is closed: once is enough. */
const formatting: ReadonlySet<string> = new Set(['a', 'b', 'i', 'em', 'strong', 's', 'code'])

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

// Each pattern reads on only as far as to the next `<`, or to the end once, so that the time is linear in the length.
const cdata = /<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)/g
const comment = /<!--[\s\S]*?(?:-->|$)/g
const hidden = /<(script|style|iframe|object|svg|math|noscript|template)\b[^<>]*(?:\/>|>[\s\S]*?(?:<\/\1\s*>|$))/gi
const tags = /<(\/?)([a-z][\w:-]*)((?:\s+[\w:-]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'=<>`/]+))?)*)\s*(\/?)>|</gi
const attributes = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`/]+))/g

/**
 * Storage format as HTML that a browser's parser reads in the same way: every tag known, well-formed and closed; CDATA, and a `<` that starts no tag, as
 * text. Throws `RangeError` for an article that is too long or too deep.
 */
export const toHtml = (storage: string): string => {
  if (storage.length > maxLength) throw new RangeError(`an article of more than ${maxLength} characters`)
  const open: string[] = []
  const html = storage
    .replaceAll(cdata, (_, text: string) => escapeHtml(text))
    .replaceAll(comment, '')
    .replaceAll(hidden, '')
    .replaceAll(tags, (_, slash: string | undefined, name: string | undefined, inner: string, end: string) =>
      name === undefined ? '&lt;' : writeTag(open, name.toLowerCase(), inner, slash === '/' ? 'end' : end === '/' ? 'both' : 'start'))
  return html + closeTo(open, 0)
}

const writeTag = (open: string[], name: string, inner: string, kind: 'start' | 'end' | 'both'): string => {
  if (!known.has(name) && !/^(?:ac|ri):/.test(name)) return ''
  if (voids.has(name)) return kind === 'end' ? '' : `<${name}${writeAttributes(inner)}>`
  if (kind === 'end') return open.includes(name) ? closeTo(open, open.lastIndexOf(name)) : ''
  if (kind === 'both') return `<${name}${writeAttributes(inner)}></${name}>`
  if (formatting.has(name) && open.includes(name)) return ''
  open.push(name)
  if (open.length > maxDepth) throw new RangeError(`an article of more than ${maxDepth} levels`)
  return `<${name}${writeAttributes(inner)}>`
}

const writeAttributes = (inner: string): string =>
  [...inner.matchAll(attributes)].map(([, name = '', double, single, bare]) => ` ${name}="${(double ?? single ?? bare ?? '').replaceAll('"', '&quot;')}"`).join('')

/** End tags for all that is open beyond `depth`. */
const closeTo = (open: string[], depth: number): string =>
  open.splice(depth).toReversed().map((name) => `</${name}>`).join('')
