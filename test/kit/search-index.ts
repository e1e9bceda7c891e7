import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Indexed } from '../../subgraphs/knowledge/search/indexed.ts'
import { openIndex } from '../../subgraphs/knowledge/search/search-index.ts'
import type { SearchIndex } from '../../subgraphs/knowledge/search/search-index.ts'
import type { SynonymGroups } from '../../subgraphs/synonym-groups.ts'

export type Told = { readonly facts: object; readonly message: string }

export type Kept = AsyncDisposable & { readonly file: string; readonly told: readonly Told[]; open(synonyms?: SynonymGroups): Promise<SearchIndex> }

/** A folder for an index, which goes in the end. */
export const keepIndex = async (): Promise<Kept> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-search-'))
  const file = path.join(folder, 'knowledge.db')
  const told: Told[] = []
  const tell = (facts: object, message: string) => void told.push({ facts, message })
  return {
    file, told,
    open: (synonyms = []) => openIndex({ file, synonyms, log: { info: tell, warn: tell } }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

let revisions = 0

/** A public article of `wiki`, but for what is said. */
export const articleLike = (own: Partial<Indexed> & { readonly id: string }): Indexed => ({
  source: 'wiki', title: 'Untitled', body: '', tags: [], readers: ['public'], updatedAt: 1_700_000_000_000, revision: String((revisions += 1)), ...own,
})

/** A search by anybody in everything, but for what is said. */
export const asking = (text: string, own: { readonly readers?: readonly string[]; readonly sources?: readonly string[] | null; readonly limit?: number } = {}) =>
  ({ text, readers: ['public'], sources: null, limit: 10, ...own })
