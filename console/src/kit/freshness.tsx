import { Tooltip } from '@mantine/core'
import { spanOf } from '../words/times.ts'
import { useLanguage } from '../words/language.ts'
import type { Language } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import type { Words } from '../words/words.ts'
import type { Freshness, Trouble } from './freshness-words.ts'
import styles from './freshness.module.css'

type FreshnessWords = Words['customer']['freshness']

/** Younger than this is what the backend says now. */
const nowMs = 5_000

const nameOf = (words: FreshnessWords, backend: string | null): string => {
  const names: Readonly<Record<string, string>> = words.backends
  return backend === null ? words.aBackend : Object.hasOwn(names, backend) ? names[backend] ?? backend : backend
}

export const sayTrouble = (words: FreshnessWords, { backend, why }: Trouble): string => words.whys[why](nameOf(words, backend))

/** What a block's line says, and what it adds in a second breath. */
export const sayFreshness = (words: FreshnessWords, language: Language, fresh: Freshness): { readonly state: string; readonly next: string | null } => {
  // A minute is not over at 59.6 s.
  const span = (ms: number) => spanOf(language, Math.floor(ms / 1_000) * 1_000)
  const nextTry = (ms: number | null) => (ms === null ? null : ms === 0 ? words.tryingNow : words.nextTry(span(Math.ceil(ms / 1_000) * 1_000)))
  switch (fresh.is) {
    case 'WAITING': return { state: words.waiting, next: null }
    case 'LIVE': return { state: fresh.ageMs < nowMs ? words.live : words.liveSince(span(fresh.ageMs)), next: null }
    case 'CACHED': return { state: words.cached(span(fresh.ageMs)), next: null }
    case 'STALE': {
      const state = fresh.ageMs === null ? words.staleUntold : words.stale(span(fresh.ageMs))
      return { state: words.because(state, sayTrouble(words, fresh.trouble)), next: nextTry(fresh.nextTryMs) }
    }
    case 'UNAVAILABLE': {
      const next = [nextTry(fresh.nextTryMs), fresh.keptAgeMs === null ? null : words.keptFrom(span(fresh.keptAgeMs))]
      return { state: words.because(words.unavailable, sayTrouble(words, fresh.trouble)), next: next.filter((part) => part !== null).join(' · ') || null }
    }
  }
}

/** The state as a shape: full, half, hollow, crossed; dotted while nothing is known. */
export const FreshnessGlyph = ({ is }: { readonly is: Freshness['is'] }) => (
  <svg className={styles.glyph} data-is={is} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
    <circle cx="6" cy="6" r="4.25" strokeDasharray={is === 'WAITING' ? '2 2' : undefined} data-full={is === 'LIVE'} />
    {is === 'CACHED' && <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" />}
    {is === 'UNAVAILABLE' && <path d="M3.5 3.5l5 5m0-5l-5 5" data-line />}
  </svg>
)

export type FreshnessLineProps = {
  readonly freshness: Freshness
  /** The name of the block, for the button. */
  readonly of: string
  /** It is being asked, and has been for longer than one waits without a sign. */
  readonly isSlow: boolean
  readonly onRefresh: () => void
}

export const FreshnessLine = ({ freshness, of, isSlow, onRefresh }: FreshnessLineProps) => {
  const words = useWords().customer.freshness
  const { state, next } = sayFreshness(words, useLanguage(), freshness)
  return (
    <div className={styles.line}>
      <FreshnessGlyph is={freshness.is} />
      <span className={styles.words}>
        <span className={styles.state} data-is={freshness.is}>{state}</span>
        {(isSlow || next !== null) && <span className={styles.next}>{isSlow ? words.tryingNow : next}</span>}
      </span>
      <Tooltip label={words.refresh(of)} openDelay={400}>
        <button type="button" className={styles.refresh} aria-label={words.refresh(of)} data-slow={isSlow} onClick={onRefresh}>
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3" /></svg>
        </button>
      </Tooltip>
    </div>
  )
}
