import type { FaultInjector } from '../subgraphs/environment.ts'

/** Sets faults at the control listeners of the demo company's systems, by their names. */
export const openFaultInjector =
  (controls: Readonly<Record<string, string>>): FaultInjector =>
  async (backend, fault, ms, signal) => {
    const url = Object.hasOwn(controls, backend) ? controls[backend] : undefined
    if (url === undefined) return false
    const body = JSON.stringify({ fault: fault.toLowerCase(), ...(ms === undefined ? {} : { ms }) })
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })
    if (!answer.ok) throw new Error(`the control of ${backend} answered with status ${answer.status}`)
    return true
  }
