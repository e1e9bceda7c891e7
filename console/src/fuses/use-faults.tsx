import { useEffect, useState } from 'react'
import { useConsole } from '../console.ts'
import { readSession } from '../session/session.ts'
import { openStore, useStore } from '../store.ts'
import type { DemoFault } from './fault-switch.tsx'
import type { Operations, Outcome } from './operate.ts'

/** What this page has set, kept while it is open: whoever looks elsewhere and comes back finds it. */
const chosenFaults = openStore<ReadonlyMap<string, DemoFault>>(new Map())

export type Faults = {
  /** Only an administrator of the demo has the switch. */
  readonly areOffered: boolean
  /** The hub refused one all the same. */
  readonly areRefused: boolean
  readonly chosen: ReadonlyMap<string, DemoFault>
  choose(backend: string, fault: DemoFault): Promise<Outcome>
}

/** Identities to choose from are the demo's alone. A hub that does not say has none. */
const runsDemo = async (): Promise<boolean> => {
  try {
    const { identities } = await readSession()
    return identities.length > 0
  } catch {
    return false
  }
}

export const useFaults = (operations: Operations): Faults => {
  const isAdmin = useConsole().me.role === 'ADMIN'
  const [isDemo, setDemo] = useState(false)
  const [areRefused, setRefused] = useState(false)
  const chosen = useStore(chosenFaults, (one) => one)
  useEffect(() => {
    if (isAdmin) void runsDemo().then(setDemo)
  }, [isAdmin])
  return {
    areOffered: isAdmin && isDemo && !areRefused,
    areRefused,
    chosen,
    choose: async (backend, fault) => {
      const outcome = await operations.injectFault(backend, fault)
      if (outcome === null) chosenFaults.set((was) => new Map(was).set(backend, fault))
      if (outcome === 'FORBIDDEN') setRefused(true)
      return outcome
    },
  }
}
