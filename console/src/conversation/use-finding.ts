import { useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from '../store.ts'
import { findLines } from './finding.ts'
import type { Talk } from './talk.ts'

export type Finding = {
  /** What is looked for; null while nobody looks. */
  readonly text: string | null
  /** The line that is looked at. */
  readonly at: string | null
  /** Its place from the newest, from 1, and of how many that are here; 0 where none is. */
  readonly place: number
  readonly count: number
  /** What came before is being fetched. */
  readonly isReading: boolean
  /** The beginning of the conversation is not here yet. */
  readonly hasMore: boolean
  readonly look: (text: string | null) => void
  /** To the one before; where none is here, as far back as there is one. */
  readonly older: () => void
  readonly newer: () => void
}

/** Fetches page by page, until there are more than `count` that say it, the beginning is here, or nothing comes. */
const readBack = async ({ transcript, loadEarlier }: Talk, text: string, count: number, given: AbortSignal): Promise<readonly string[]> => {
  for (;;) {
    const { lines, earlier } = transcript.get()
    const found = findLines(lines, text)
    if (found.length > count || earlier === null || given.aborted) return found
    await loadEarlier()
    if (transcript.get().earlier === earlier) return found
  }
}

/** Looking through one conversation, from its end to its beginning. */
export const useFinding = (talk: Talk): Finding => {
  const { lines, earlier } = useStore(talk.transcript, (all) => all)
  const [text, setText] = useState<string | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const [isReading, setReading] = useState(false)
  const reading = useRef<AbortController | null>(null)
  useEffect(() => () => reading.current?.abort(), [])
  const found = useMemo(() => (text === null ? [] : findLines(lines, text)), [lines, text])
  const index = chosen === null ? 0 : Math.max(0, found.indexOf(chosen))

  const look = (next: string | null) => {
    reading.current?.abort()
    setReading(false)
    setChosen(null)
    setText(next)
  }
  const older = async () => {
    const known = found[found.length === 0 ? 0 : index + 1]
    if (known !== undefined) return setChosen(known)
    if (text === null || text.trim() === '' || isReading) return
    const given = new AbortController()
    reading.current = given
    setReading(true)
    const all = await readBack(talk, text, found.length, given.signal)
    if (given.signal.aborted) return
    setReading(false)
    setChosen((was) => all[found.length] ?? was)
  }
  return {
    text, isReading, look,
    at: found[index] ?? null,
    place: found.length === 0 ? 0 : index + 1,
    count: found.length,
    hasMore: earlier !== null,
    older: () => void older(),
    newer: () => setChosen(found[Math.max(0, index - 1)] ?? null),
  }
}
