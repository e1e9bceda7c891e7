import type { Judgement } from './judge.ts'
import { areas } from './pledge.ts'

const marks = { kept: 'kept', broken: 'BROKEN', untested: 'untested' } as const

const noteOf = ({ verdict }: Judgement): string => ('why' in verdict ? verdict.why : (verdict.detail ?? ''))

/** A line a promise, by area, and the counts below. */
export const printJudgements = (backend: string, protocol: string, judgements: readonly Judgement[]): string => {
  const width = Math.min(90, Math.max(...judgements.map(({ title }) => title.length)))
  const lineOf = (one: Judgement) => `  ${marks[one.verdict.kind].padEnd(9)} ${one.title.padEnd(width)}  ${noteOf(one)}`.trimEnd()
  const byArea = areas.flatMap((area) => {
    const ofArea = judgements.filter((one) => one.area === area)
    return ofArea.length === 0 ? [] : ['', area, ...ofArea.map(lineOf)]
  })
  return [`${backend} over ${protocol}`, ...byArea, '', countsOf(judgements), ''].join('\n')
}

export const countsOf = (judgements: readonly Judgement[]): string => {
  const count = (kind: 'kept' | 'broken' | 'untested') => judgements.filter(({ verdict }) => verdict.kind === kind).length
  return `${count('kept')} kept, ${count('broken')} broken, ${count('untested')} untested`
}
