import type { Area } from '../../conform/promise.ts'
import type { Opened } from '../../fuse/adapters.ts'
import { BackendFailure } from '../../fuse/errors.ts'
import type { ArticleChange, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'

/** A right adapter made wrong in one way, and the areas that have to catch it: those, and no other. */
export type Wrong<P> = { readonly wrong: string; readonly areas: readonly Area[]; readonly spoil: (right: Opened<P>) => P }

export const sources = (change: (right: KnowledgeBackend) => Partial<KnowledgeBackend>) => (right: KnowledgeBackend): KnowledgeBackend => ({
  findArticles: (ids, opt) => right.findArticles(ids, opt),
  listChanges: (after, opt) => right.listChanges(after, opt),
  listIds: (after, opt) => right.listIds(after, opt),
  ...change(right),
})

type ListChanges = KnowledgeBackend['listChanges']
type ListIds = KnowledgeBackend['listIds']
const changes = (list: (right: ListChanges) => ListChanges) => sources((right) => ({ listChanges: list((after, opt) => right.listChanges(after, opt)) }))
const ids = (list: (right: ListIds) => ListIds) => sources((right) => ({ listIds: list((after, opt) => right.listIds(after, opt)) }))

/** What is wrong with how an adapter tells what changed. */
export const wrongSync: readonly Wrong<KnowledgeBackend>[] = [
  {
    wrong: 'loses the change between two pages',
    areas: ['paging'],
    spoil: changes((list) => async (after, opt) => {
      const page = await list(after, opt)
      return page.more ? { ...page, changes: page.changes.slice(0, -1) } : page
    }),
  },
  {
    wrong: 'loses the article between two pages of all there are',
    areas: ['paging'],
    spoil: ids((list) => async (after, opt) => {
      const page = await list(after, opt)
      return page.more ? { ...page, rows: page.rows.slice(0, -1) } : page
    }),
  },
  { wrong: 'never comes to an end', areas: ['paging'], spoil: changes((list) => async (after, opt) => ({ ...(await list(after, opt)), more: true })) },
  {
    wrong: 'takes a marker that is none for the beginning, and does not say so',
    areas: ['paging'],
    spoil: sources((right) => ({
      listChanges: async (after, opt) => ({ ...(await right.listChanges(after, opt)), isAnew: false }),
      listIds: async (after, opt) => ({ ...(await right.listIds(after, opt)), isAnew: false }),
    })),
  },
  {
    wrong: 'gives one change more than was asked for',
    areas: ['paging'],
    spoil: changes((list) => (after, opt) => list(after, { ...opt, limit: Math.min(1_000, opt.limit + 1) })),
  },
  {
    wrong: 'keeps its place to itself, and forgets the marker',
    areas: ['paging'],
    spoil: (right) => {
      const place: { marker: string | null } = { marker: null }
      return changes((list) => async (after, opt) => {
        const page = await list(after === null ? null : place.marker, opt)
        place.marker = page.marker
        return page
      })(right)
    },
  },
  {
    wrong: 'lists an article that was deleted',
    areas: ['absence'],
    spoil: ids((list) => async (after, opt) => {
      const page = await list(after, { ...opt, limit: Math.max(1, opt.limit - 1) })
      const isFirst = (after === null || page.isAnew) && opt.limit > 1
      return isFirst ? { ...page, rows: [{ id: '7', place: 'SUP', readers: null }, ...page.rows] } : page
    }),
  },
  {
    wrong: 'calls an article deleted that is there',
    areas: ['absence'],
    spoil: changes((list) => async (after, opt) => {
      const page = await list(after, { ...opt, limit: Math.max(1, opt.limit - 1) })
      const [first] = page.changes
      if (page.more || opt.limit === 1 || first === undefined) return page
      const more: ArticleChange = { kind: 'DELETED', id: '99764' }
      return { ...page, changes: [...page.changes, more] }
    }),
  },
  {
    wrong: 'lists articles without the groups that may read them',
    areas: ['paging'],
    spoil: ids((list) => async (after, opt) => {
      const page = await list(after, opt)
      return { ...page, rows: page.rows.map((row) => ({ ...row, readers: ['group:everybody'] })) }
    }),
  },
  {
    wrong: 'takes a source in trouble for one where nothing changed',
    areas: ['error mapping'],
    spoil: changes((list) => async (after, opt) => {
      try {
        return await list(after, opt)
      } catch (error) {
        if (error instanceof BackendFailure) return { changes: [], marker: after ?? '', more: false, isAnew: false }
        throw error
      }
    }),
  },
]
