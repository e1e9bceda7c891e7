import type { Element, ElementContent, Root, RootContent } from 'hast'
import type { Root as MarkdownRoot } from 'mdast'
import rehypeParse from 'rehype-parse'
import rehypeRemark from 'rehype-remark'
import remarkGfm from 'remark-gfm'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import { mendTree } from './mend-tree.ts'
import { toHtml } from './storage.ts'

/** Panels, which become quotes. */
const panels: ReadonlySet<string> = new Set(['info', 'note', 'tip', 'warning', 'panel'])

/** What a reader does not see. */
const unseen: ReadonlySet<string> = new Set(['ac:parameter', 'ac:task-id', 'ac:task-status', 'ac:placeholder'])

/** Elements of Confluence's own that HTML has another name for. */
const htmlNames: ReadonlyMap<string, string> = new Map([['ac:task-list', 'ul'], ['ac:task', 'li']])

const schemes: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel'])

type Node = RootContent | ElementContent

const element = (tagName: string, children: ElementContent[], properties: Element['properties'] = {}): Element => ({ type: 'element', tagName, properties, children })
const text = (value: string): ElementContent => ({ type: 'text', value })
const property = ({ properties }: Element, name: string): string => (typeof properties[name] === 'string' ? properties[name] : '')
const childOf = ({ children }: Element, tagName: string): Element | undefined =>
  children.filter((child) => child.type === 'element').find((child) => child.tagName === tagName)

const textOf = (node: Node): string => {
  if (node.type === 'text') return node.value
  return node.type === 'element' ? node.children.map(textOf).join('') : ''
}

const rewriteAll = (nodes: readonly Node[]): ElementContent[] => nodes.flatMap(rewrite)

/** What a node of storage format is in plain HTML: itself, another, its children, or nothing. */
const rewrite = (node: Node): ElementContent[] => {
  if (node.type === 'text') return [node]
  if (node.type !== 'element' || unseen.has(node.tagName)) return []
  if (node.tagName === 'ac:structured-macro') return rewriteMacro(node)
  if (node.tagName === 'ac:link') return rewriteLink(node)
  if (node.tagName === 'pre' && property(node, 'dataLanguage') !== '') return [element('pre', [codeOf(textOf(node), property(node, 'dataLanguage'))])]
  const children = rewriteAll(node.children)
  if (['href', 'src'].some((name) => leadsAstray(property(node, name)))) return node.tagName === 'img' ? [text(property(node, 'alt'))] : children
  return [{ ...node, tagName: htmlNames.get(node.tagName) ?? node.tagName, children }]
}

/** Browsers take control characters and spaces out of a link before they read its scheme (URL Standard section 4.4). */
const leadsAstray = (url: string): boolean => {
  const scheme = /^([^/?#:]*):/.exec(url.replaceAll(/[\u0000-\u0020]/g, ''))?.[1]
  return scheme !== undefined && !schemes.has(scheme.toLowerCase())
}

/** A code macro becomes code, a panel its text in a quote; what draws something of its own (a table of contents, a chart) becomes nothing. */
const rewriteMacro = (macro: Element): ElementContent[] => {
  const code = childOf(macro, 'ac:plain-text-body')
  if (code) return [rewriteCode(macro, textOf(code))]
  const body = childOf(macro, 'ac:rich-text-body')
  const children = rewriteAll(body?.children ?? [])
  return panels.has(property(macro, 'ac:name')) ? [element('blockquote', children)] : children
}

const rewriteCode = (macro: Element, code: string): Element => {
  const named = macro.children.find((child) => child.type === 'element' && property(child, 'ac:name') === 'language')
  return element('pre', [codeOf(code, named ? textOf(named).trim() : '')])
}

const codeOf = (code: string, language: string): Element =>
  element('code', [text(code)], /^[\w+#-]+$/.test(language) ? { className: [`language-${language}`] } : {})

/** A link to another page becomes its text, else the page's title. */
const rewriteLink = (link: Element): ElementContent[] => {
  const plain = childOf(link, 'ac:plain-text-link-body')
  if (plain) return [text(textOf(plain))]
  const rich = childOf(link, 'ac:link-body')
  if (rich) return rewriteAll(rich.children)
  const page = childOf(link, 'ri:page')
  return page ? [text(property(page, 'ri:content-title'))] : []
}

const converter = unified()
  .use(rehypeParse, { fragment: true })
  .use(() => (tree: Root): Root => ({ type: 'root', children: rewriteAll(tree.children) }))
  .use(rehypeRemark, { document: true })
  .use(() => (tree: MarkdownRoot) => mendTree(tree))
  .use(remarkGfm)
  .use(remarkStringify, { bullet: '-', fences: true })

/**
 * A wiki's HTML as Markdown (CommonMark with GFM's tables). Broken HTML is read as browsers read it. No HTML of the article's passes
 * through: what is no Markdown becomes its text. Throws `RangeError` for an article that is too long or too deep to be worth the time.
 */
const toMarkdown = (html: string): string => String(converter.processSync(toHtml(html))).trim()

/** Confluence's storage format, which is XHTML with elements of its own. */
export const storageToMarkdown = toMarkdown

/** HTML, a whole document or a part of one. What a browser does not show in the page (the document's title, scripts, styles) is left out. */
export const htmlToMarkdown = (html: string): string =>
  toMarkdown(html.replaceAll(/<(?:!doctype\b|\?)[^<>]*>/gi, '').replaceAll(/<title\b[^<>]*>[^<]*<\/title\s*>/gi, ''))
