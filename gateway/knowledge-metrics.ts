import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { KnowledgeMeter } from '../subgraphs/environment.ts'
import { durationBuckets as buckets } from './duration-buckets.ts'

/** Tells of knowledge, where it runs in this process. */
export const meterKnowledge = (register: Registry): KnowledgeMeter => {
  const registers = [register]
  const changes = new Counter({ name: 'fuseboard_knowledge_changes_total', help: 'Changes of a knowledge source that this process has read and kept.', labelNames: ['source'], registers })
  const failures = new Counter({ name: 'fuseboard_knowledge_sync_failures_total', help: 'Times that a knowledge source could not be read to the end.', labelNames: ['source'], registers })
  const searches = new Histogram({ name: 'fuseboard_knowledge_search_duration_seconds', help: 'Searches for articles and passages, as far as the index is concerned.', buckets, registers })
  return {
    read: (source, count) => changes.inc({ source }, count),
    failed: (source) => failures.inc({ source }),
    searched: (ms) => searches.observe(ms / 1000),
  }
}
