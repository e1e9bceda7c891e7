import { intersectDepartments } from '../departments.ts'
import type { Readership } from '../visibility.ts'
import type { Article } from './backend.ts'

/** Who may read what, as it is configured; `fuseboard.example.yaml` explains it. */
export type AccessSettings = {
  /** The first that fits decides; where none does, whoever works here. */
  readonly access: readonly AccessRule[]
  /** What the groups and users of the sources are here: departments, `staff` or `public`. */
  readonly groups: Readonly<Record<string, readonly string[]>>
}

/** `place`: a space, a namespace, a folder, and what is below it. */
export type AccessRule = { readonly source?: string | undefined; readonly place?: string | undefined; readonly readers: readonly string[] }

const isWithin = (place: string, root: string): boolean => place === root || place.startsWith(root.endsWith('/') ? root : `${root}/`)

const fits = ({ source, place }: AccessRule, article: { readonly source: string; readonly place: string }): boolean =>
  (source === undefined || source === article.source) && (place === undefined || isWithin(article.place, place))

/** Everybody is more than whoever works here, who are more than a department. */
const isWide = (readers: Readership): boolean => readers.includes('public') || readers.includes('staff')

const narrow = (some: Readership, others: Readership): Readership => {
  if (some.includes('public')) return others
  if (others.includes('public')) return some
  if (isWide(some)) return others
  return isWide(others) ? some : intersectDepartments(some, others)
}

/** Who may read an article: as its place says, and where the source restricts it, no more than those whom it names. A group that means nothing here lets nobody in. */
export const readersOf = ({ access, groups }: AccessSettings, article: Pick<Article, 'place' | 'readers'> & { readonly source: string }): Readership => {
  const byPlace = access.find((rule) => fits(rule, article))?.readers ?? ['staff']
  if (article.readers === null) return byPlace
  return narrow(byPlace, article.readers.flatMap((name) => groups[name] ?? []))
}
