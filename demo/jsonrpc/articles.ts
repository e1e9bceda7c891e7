import { z } from 'zod'
import type { TheirArticle } from '../company.ts'
import { type Method, method } from './dispatch.ts'
import { findIn, texts } from './params.ts'

export const articleMethods = (found: readonly TheirArticle[]): readonly (readonly [string, Method])[] => {
  const articles = new Map(found.map(article => [String(article.id), article]))
  return [['articles.find', method(z.object({ ids: texts }), ({ ids }) => findIn(articles, ids, writeArticle))]]
}

const writeArticle = (article: TheirArticle): object => ({
  id: String(article.id),
  title: article.title,
  body: plainText(article.body),
  url: null,
  revision: String(article.version),
  updatedAt: article.updatedAt,
  author: article.author,
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
