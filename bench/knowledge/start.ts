import { openIndex } from '../../subgraphs/knowledge/search/search-index.ts'

/* A fresh process: opens an index that is there, searches once, and says how long both took since the process began. */

const [file = '', text = '', count = '0'] = process.argv.slice(2)
const quiet = { info: () => {}, warn: () => {} }
await using index = await openIndex({ file, synonyms: [], log: quiet })
const openMs = performance.now()
const hits = await index.search({ text, readers: ['public', 'staff'], sources: null, limit: 10 })
const counted = [...(await index.count(['public', 'staff'])).values()].reduce((sum, one) => sum + one, 0)
if (hits.length === 0 || counted < Number(count)) throw new Error(`the index came back with ${counted} articles and ${hits.length} hits`)
process.stdout.write(JSON.stringify({ openMs, searchedMs: performance.now(), residentMB: process.memoryUsage.rss() / 1e6 }))
