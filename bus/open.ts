import type { Bus, BusLog } from './bus.ts'
import { openMemoryBus } from './memory.ts'
import { openNatsBus } from './nats.ts'

export type BusSettings = { readonly url?: string | undefined; readonly token?: string | undefined; readonly prefix: string }

/** The bus that is configured: NATS where there is a `url`, and this process alone where there is none. */
export const openBus = ({ url, token, prefix }: BusSettings, name: string, log: BusLog): Bus =>
  url === undefined ? openMemoryBus(log) : openNatsBus({ url, prefix, name, log, ...(token === undefined ? {} : { token }) })
