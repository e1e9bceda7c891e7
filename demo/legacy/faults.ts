import type { Listener } from './listener.ts'
import type { FaultName } from './types.ts'

type FaultState =
  | { readonly kind: 'off' | 'hang' | 'error' | 'garbage' | 'refuse' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'flap'; failing: boolean; readonly timer: NodeJS.Timeout }

/** The faults of one system; those that are of the connection's kind are carried out here. */
export type Faults = {
  readonly name: FaultName
  /** Connections are to be reset now: the bad turn of `flap`. */
  readonly failing: boolean
  /** How long an answer is held back. */
  readonly delayMs: number
  readonly notes: readonly string[]
  attach(listener: Listener): void
  readonly set: (fault: FaultName, ms?: number) => Promise<void>
  readonly loseNextAnswer: () => void
  /** True once after each `loseNextAnswer`. */
  takeLoss(): boolean
  /** Ends what runs, once the changes under way have been made. */
  stop(): Promise<void>
}

const longestMs = 600_000
const defaultMs = { slow: 300, flap: 1_000 }

export const openFaults = (): Faults => {
  const notes: string[] = []
  const note = (line: string) => {
    notes.push(line)
    if (notes.length > 100) notes.shift()
  }
  let listener: Listener | undefined
  let state: FaultState = { kind: 'off' }
  let losses = 0
  // One change at a time: `off` right after `refuse` must find the port left before it comes back to it.
  let last: Promise<void> = Promise.resolve()

  const change = async (fault: FaultName, ms: number | undefined) => {
    const before = state
    if (before.kind === 'flap') clearInterval(before.timer)
    state = nextState(fault, ms, () => listener?.destroySockets())
    if (before.kind === 'hang' || fault === 'flap') listener?.destroySockets()
    if (fault === 'refuse') await listener?.leave()
    else if (before.kind === 'refuse') await listener?.comeBack()
  }

  return {
    get name() { return state.kind },
    get failing() { return state.kind === 'flap' && state.failing },
    get delayMs() { return state.kind === 'slow' ? state.ms : 0 },
    notes,
    attach: (to) => { listener = to },
    set: (fault, ms) => {
      if (!isDuration(ms)) return Promise.reject(new RangeError(`ms must be more than 0 and at most ${longestMs}, not ${ms ?? 'nothing'}`))
      note(ms === undefined ? fault : `${fault} ${ms} ms`)
      last = last.catch(() => undefined).then(() => change(fault, ms))
      return last
    },
    loseNextAnswer: () => {
      note('loses the next answer')
      losses++
    },
    takeLoss: () => losses > 0 && losses-- > 0,
    stop: async () => {
      await last.catch(() => undefined)
      if (state.kind === 'flap') clearInterval(state.timer)
    },
  }
}

const nextState = (fault: FaultName, ms: number | undefined, reset: () => void): FaultState => {
  if (fault === 'slow') return { kind: fault, ms: ms ?? defaultMs.slow }
  if (fault !== 'flap') return { kind: fault }
  const timer = setInterval(() => {
    flapping.failing = !flapping.failing
    if (flapping.failing) reset()
  }, ms ?? defaultMs.flap)
  const flapping = { kind: fault, failing: true, timer }
  return flapping
}

const isDuration = (ms: number | undefined) => ms === undefined || (ms > 0 && ms <= longestMs)
