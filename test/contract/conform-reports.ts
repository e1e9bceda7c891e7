import { areas } from '../../conform/promise.ts'
import type { JudgeOptions, Report } from '../../conform/port.ts'
import { refundableId, sampleIds } from './adapters.ts'
import type { PortName } from './adapters.ts'

const hintsFor = (samples: readonly string[], mayWrite: boolean) =>
  ({ samples, orderIds: async () => [], write: mayWrite ? { order: refundableId } : null })

/** What a judge is told beside the settings. */
export const base = (port: PortName, mayWrite: boolean, samples = sampleIds[port]): Pick<JudgeOptions<unknown>, 'hints' | 'callMs' | 'warn'> =>
  ({ hints: hintsFor(samples, mayWrite), callMs: 10_000, warn: () => {} })

/** One line for each. */
export const brokenOf = ({ failure, judged }: Report) => [
  ...(failure === null ? [] : [failure]),
  ...judged.flatMap(({ area, title, verdict }) => (verdict.kind === 'broken' ? [`${area}: ${title}: ${verdict.why}`] : [])),
]
export const brokenAreas = ({ judged }: Report) => areas.filter((area) => judged.some((one) => one.area === area && one.verdict.kind === 'broken'))
export const untestedOf = ({ judged }: Report) => judged.flatMap(({ title, verdict }) => (verdict.kind === 'untested' ? [`${title}: ${verdict.why}`] : []))
