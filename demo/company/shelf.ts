import type { TheirArticle } from './types.ts'

/** Articles that change while the systems that show them run. Whoever is given the shelf as the company's articles reads it anew with each request. */
export type Shelf = {
  /** By id, ascending; another list after each change. */
  readonly articles: readonly TheirArticle[]
  /**
   * With `updatedAt` it is a new version; without, one that leaves none, as a wiki moves pages, restricts them and labels them. Adds an article that is not there,
   * as a copy of the first one. Times are ISO 8601 in UTC with milliseconds.
   */
  change(id: number, edit: Partial<Omit<TheirArticle, 'id' | 'version'>>): void
  /** Throws for one that is not there. */
  remove(id: number): void
}

export const openShelf = (articles: readonly TheirArticle[]): Shelf => {
  const state = { articles }
  const [template] = articles
  const replace = (id: number, by: readonly TheirArticle[]) => {
    state.articles = [...state.articles.filter((one) => one.id !== id), ...by].toSorted((one, other) => one.id - other.id)
  }
  return {
    get articles() { return state.articles },
    change: (id, edit) => {
      const before = state.articles.find((one) => one.id === id) ?? template
      if (!before) throw new Error('a shelf needs one article to begin with')
      replace(id, [{ ...before, ...edit, id, version: edit.updatedAt === undefined ? before.version : before.version + 1 }])
    },
    remove: (id) => {
      if (!state.articles.some((one) => one.id === id)) throw new Error(`no article ${id}`)
      replace(id, [])
    },
  }
}

/** `derive` of the articles as they are, once for each list of them. */
export const derivedFrom = <T>(company: { readonly articles: readonly TheirArticle[] }, derive: (articles: readonly TheirArticle[]) => T): (() => T) => {
  const of = (articles: readonly TheirArticle[]) => ({ articles, value: derive(articles) })
  const kept = { last: of(company.articles) }
  return () => {
    if (kept.last.articles !== company.articles) kept.last = of(company.articles)
    return kept.last.value
  }
}
