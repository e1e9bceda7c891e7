import type { Company, TheirArticle } from '../company.ts'

type Entry = { readonly kind: 'WRITTEN'; readonly id: string; readonly revision: string } | { readonly kind: 'DELETED'; readonly id: string }

/** A journal of what happened to the company's articles, which grows by what is another than when it was last read. Markers are places in it. */
export const openChangeLog = (company: Pick<Company, 'articles'>) => {
  const entries: Entry[] = []
  const known = new Map<number, TheirArticle>()
  const catchUp = (): void => {
    const now = company.articles.toSorted((one, other) => one.updatedAt.localeCompare(other.updatedAt))
    for (const article of now) {
      if (known.get(article.id) === article) continue
      known.set(article.id, article)
      entries.push({ kind: 'WRITTEN', id: String(article.id), revision: String(article.version) })
    }
    const left = new Set(now.map(({ id }) => id))
    for (const id of [...known.keys()].filter(one => !left.has(one))) {
      known.delete(id)
      entries.push({ kind: 'DELETED', id: String(id) })
    }
  }
  return {
    page: (after: string | null, limit: number): object => {
      catchUp()
      const given = after === null ? 0 : Number(/^entry:(\d{1,15})$/.exec(after)?.[1] ?? -1)
      const isAnew = given < 0 || given > entries.length
      const from = isAnew ? 0 : given
      const changes = entries.slice(from, from + limit)
      return { changes, marker: `entry:${from + changes.length}`, more: from + changes.length < entries.length, isAnew }
    },
  }
}
