import { z } from 'zod'
import { derivedFrom } from '../company.ts'
import type { Company, TheirArticle } from '../company.ts'
import { openChangeLog } from './change-log.ts'
import { type Method, method } from './dispatch.ts'
import { findIn, texts } from './params.ts'

const paged = z.object({ after: z.string().nullable(), limit: z.int().min(1).max(1_000) })

export const articleMethods = (company: Pick<Company, 'articles'>): readonly (readonly [string, Method])[] => {
  const byId = derivedFrom(company, articles => new Map(articles.map(article => [String(article.id), article])))
  const log = openChangeLog(company)
  return [
    ['articles.find', method(z.object({ ids: texts }), ({ ids }) => findIn(byId(), ids, writeArticle))],
    ['articles.changes', method(paged, ({ after, limit }) => log.page(after, limit))],
    ['articles.list', method(paged, ({ after, limit }) => listArticles(company.articles, after, limit))],
  ]
}

/** By id, so that nothing is passed over where articles come or go between two pages. */
const listArticles = (articles: readonly TheirArticle[], after: string | null, limit: number): object => {
  const given = after === null ? 0 : Number(/^id:(\d{1,15})$/.exec(after)?.[1] ?? -1)
  const left = articles.filter(({ id }) => id > given)
  const page = left.slice(0, limit)
  return {
    rows: page.map(({ id, spaceKey, readers }) => ({ id: String(id), place: spaceKey, readers: writeReaders(readers) })),
    marker: `id:${page.at(-1)?.id ?? Math.max(given, 0)}`,
    more: page.length < left.length,
    isAnew: given === -1,
  }
}

const writeReaders = (readers: readonly string[] | null) => readers?.map(name => `group:${name}`) ?? null

const writeArticle = (article: TheirArticle): object => ({
  id: String(article.id),
  title: article.title,
  body: plainText(article.body),
  url: null,
  revision: String(article.version),
  updatedAt: article.updatedAt,
  author: article.author,
  tags: article.tags,
  place: article.spaceKey,
  readers: writeReaders(article.readers),
})

const entities: Readonly<Record<string, string>> = {
  lt: '<', gt: '>', amp: '&', quot: '"', apos: '\'', nbsp: ' ', mdash: '—', ndash: '–', hellip: '…', rarr: '→', times: '×', deg: '°',
  euro: '€', ldquo: '“', rdquo: '”', lsquo: '‘', rsquo: '’',
}

/** Storage format without its markup: plain text, and so Markdown of the plainest kind. */
const plainText = (storage: string): string => storage
  .replace(/<!\[CDATA\[(.*?)\]\]>/gs, (_, text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'))
  .replace(/<ac:parameter\b.*?<\/ac:parameter>/gs, '')
  .replace(/<ac:plain-text-body>|<\/ac:plain-text-body>/g, '\n')
  .replace(/<\/(?:p|h\d|li|tr|table|ul|ol)>|<br\s*\/>/g, '\n')
  .replace(/<[^>]*>/g, '')
  .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
  .replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
  .replace(/\n{3,}/g, '\n\n')
  .trim()
