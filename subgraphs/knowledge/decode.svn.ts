import { z } from 'zod'
import { Malformed } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { DavFile, DavResource } from '../../fuse/wires/webdav.ts'
import { parseRow } from '../parsing.ts'
import type { Article } from './backend.ts'
import { time } from './decode.ts'
import { htmlToMarkdown } from './markdown.ts'

const plain = /\.(?:md|markdown|txt)$/i
const html = /\.html?$/i

/** Whether a file of this name is an article: Markdown, text or HTML. Images and the like stand beside them, and name none. */
export const isArticleName = (path: string): boolean => plain.test(path) || html.test(path)

const kept = z.object({ version: z.string().regex(/^\d{1,15}$/), createdAt: time, author: z.string().nullable() })

/** A file and what Subversion says of it, as an article. `Malformed` for text that is not in its charset, and for a file without a date. */
export const decodeFile = (described: DavResource, file: DavFile, settings: BackendSettings, browseUrl: string | null): Article | Malformed => {
  const { path } = described
  const commit = parseRow(kept, described, settings.name, 'a file')
  if (commit instanceof Malformed) return commit
  const body = readBody(described, file, settings)
  if (body instanceof Malformed) return body
  return {
    id: path,
    title: firstHeading(body) ?? path.slice(path.lastIndexOf('/') + 1),
    body,
    url: browseUrl === null ? null : browseUrl.replace(/\/$/, '') + path.split('/').map(encodeURIComponent).join('/'),
    revision: commit.version,
    updatedAt: commit.createdAt,
    author: commit.author,
    tags: [],
    place: folderOf(path),
    readers: null,
  }
}

/** The folder that a file is in; `/` is the configured one. */
export const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

// ── Text ──

const readBody = (described: DavResource, file: DavFile, settings: BackendSettings): string | Malformed => {
  const charset = charsetOf(described, file) ?? settings.charset
  try {
    const text = new TextDecoder(charset, { fatal: true }).decode(file.body)
    if (text.includes('\0')) return new Malformed(settings.name, 'a file that is no text')
    return html.test(described.path) ? htmlToMarkdown(text) : text
  } catch (cause) {
    return new Malformed(settings.name, `a file that can not be read as text of charset ${charset}`, { cause })
  }
}

const marks = [['utf-8', Buffer.of(0xef, 0xbb, 0xbf)], ['utf-16le', Buffer.of(0xff, 0xfe)], ['utf-16be', Buffer.of(0xfe, 0xff)]] as const

/**
 * By the file's byte order mark, its `svn:mime-type`, or what an HTML document says of itself (HTML section 13.2.3.2). The type that comes with the text is not
 * asked: where nobody said one, some servers put theirs.
 */
const charsetOf = ({ path, contentType }: DavResource, { body }: DavFile): string | undefined =>
  marks.find(([, mark]) => body.subarray(0, mark.length).equals(mark))?.[0]
  ?? (/^text\/xml\b/i.test(contentType ?? '') ? undefined : /;\s*charset="?([\w-]+)/i.exec(contentType ?? '')?.[1])
  ?? (html.test(path) ? /<meta\b[^<>]*\bcharset=["']?([\w-]+)/i.exec(body.subarray(0, 1_024).toString('latin1'))?.[1] : undefined)

// ── Title ──

/** In characters. A title stands at the beginning. */
const searched = 20_000
const longestLine = 1_000

/** Some write `title: …` and the like before the text. */
const frontMatter = /^---\r?\n[^]*?\n(?:---|\.\.\.)[ \t]*\r?\n/

/** The first heading of CommonMark's (sections 4.2 and 4.3) that is not within a code sample. */
const firstHeading = (markdown: string): string | null => {
  const lines = markdown.slice(0, searched).replace(frontMatter, '').split(/\r?\n|\r/).map((line) => line.slice(0, longestLine))
  let fence: string | null = null
  for (const [index, line] of lines.entries()) {
    const mark: string | null = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? null
    if (mark !== null && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null
    if (mark !== null || fence !== null) continue
    const heading = headingOf(line, lines[index + 1] ?? '')
    if (heading !== '') return heading
  }
  return null
}

const headingOf = (line: string, next: string): string => {
  const marked = /^ {0,3}#{1,6}[ \t]+(.*)$/.exec(line)?.[1]?.trimEnd().replace(/(?:^|[ \t])#+$/, '')
  const underlined = /^ {0,3}(?:=+|-{2,})[ \t]*$/.test(next) && /^ {0,3}[^\s>*+#-]/.test(line) ? line : ''
  return (marked ?? underlined).trim().replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
}
