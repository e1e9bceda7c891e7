import { foundCompany, type TheirArticle } from '../../demo/company.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import type { OpenKnowledgeSubject, ToldArticle } from './knowledge-suite.ts'

/** What the demo's systems hold under the knowledge contract: enough articles for more than one batch. */
export const articlesOnFile: readonly TheirArticle[] = foundCompany().articles.slice(0, 60)

/** Its row comes out broken where the system can be told so. */
export const unreadableArticleId = String(articlesOnFile[8]?.id)

export const settingsFor = (url: string, rest: Partial<BackendSettings> = {}): BackendSettings => ({
  name: 'knowledge', protocol: 'under test', url, headers: {}, maxResponseBytes: 16 * 1024 * 1024, timeZone: 'Asia/Shanghai', charset: 'utf-8', options: {}, ...rest,
})

/** In every sample of the API's errors, as it is before any wire writes it. */
const sample = 'see <docs> & retry policy"\n'

const samplesOf = (articles: readonly TheirArticle[]): ReadonlyMap<string, string> =>
  new Map(articles.filter(({ body }) => body.includes('request_id')).map(({ id }) => [String(id), sample]))

export type WireUnderTest = {
  readonly start: () => Promise<LegacySystem>
  readonly open: OpenAdapter<KnowledgeBackend>
  readonly told: (article: TheirArticle, system: LegacySystem) => ToldArticle
  readonly losesRow: boolean
  readonly settings?: Partial<BackendSettings>
  readonly articles?: readonly TheirArticle[]
}

/** A subject of the contract out of a system of the demo. */
export const demoSubject = ({ start, open, told, losesRow, settings, articles = articlesOnFile }: WireUnderTest): OpenKnowledgeSubject => async () => {
  const system = await start()
  const backend = open(settingsFor(system.url, settings))
  return {
    backend,
    system,
    onFile: articles.map((article) => told(article, system)),
    unreadable: new Set(losesRow ? [unreadableArticleId] : []),
    absentId: '1',
    samples: samplesOf(articles),
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    },
  }
}
