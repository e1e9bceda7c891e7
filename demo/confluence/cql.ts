import { formatLocalTime } from '../../subgraphs/local-time.ts'
import type { TheirArticle } from '../company.ts'

const byId = /^id in \(([\d, ]+)\)$/
const changed = /^type in \(page, blogpost\)(?: and lastmodified >= "(\d{4}-\d\d-\d\d \d\d:\d\d)")? order by lastmodified asc$/
const all = /^type in \(page, blogpost\) order by created asc$/

/** The articles that a query in Confluence's language finds, in its order; null for a query that is not understood. It compares minutes on its own clock. */
export const answerCql = (articles: readonly TheirArticle[], cql: string, timeZone: string): readonly TheirArticle[] | null => {
  const ids = byId.exec(cql)?.[1]
  if (ids !== undefined) {
    const wanted = new Set(ids.split(',').map((id) => id.trim()))
    return articles.filter(({ id }) => wanted.has(String(id)))
  }
  const since = changed.exec(cql)
  if (since) {
    const from = since[1] ?? ''
    const isLater = ({ updatedAt }: TheirArticle) => formatLocalTime(Date.parse(updatedAt), timeZone) >= from
    return articles.filter(isLater).toSorted((one, other) => (one.updatedAt === other.updatedAt ? 0 : one.updatedAt < other.updatedAt ? -1 : 1))
  }
  return all.test(cql) ? articles : null
}
