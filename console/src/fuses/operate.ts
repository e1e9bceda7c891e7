import { useState } from 'react'
import { HoldFuseDocument, InjectFaultDocument, ReleaseFuseDocument, TryFuseDocument } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { failuresOf } from '../graphql/failure.ts'
import type { DemoFault } from './fault-switch.tsx'

/** The code of what went wrong; null where it was done. */
export type Outcome = string | null

const outcomeOf = async (asking: Promise<unknown>): Promise<Outcome> => {
  try {
    await asking
    return null
  } catch (error) {
    return failuresOf(error)[0]?.code ?? 'INTERNAL_SERVER_ERROR'
  }
}

export type Operations = {
  tryNow(id: string): Promise<Outcome>
  hold(id: string, reason: string, forMs: number): Promise<Outcome>
  release(id: string): Promise<Outcome>
  injectFault(backend: string, fault: DemoFault): Promise<Outcome>
}

/** What an operator may do; the fuses tell of what became of it. */
export const useOperations = (): Operations => {
  const { client } = useConsole()
  const [operations] = useState<Operations>(() => ({
    tryNow: (id) => outcomeOf(client.mutate({ mutation: TryFuseDocument, variables: { id }, fetchPolicy: 'no-cache' })),
    hold: (id, reason, forMs) => outcomeOf(client.mutate({ mutation: HoldFuseDocument, variables: { id, reason, forMs }, fetchPolicy: 'no-cache' })),
    release: (id) => outcomeOf(client.mutate({ mutation: ReleaseFuseDocument, variables: { id }, fetchPolicy: 'no-cache' })),
    injectFault: (backend, fault) => outcomeOf(client.mutate({ mutation: InjectFaultDocument, variables: { backend, fault }, fetchPolicy: 'no-cache' })),
  }))
  return operations
}
