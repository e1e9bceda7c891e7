import { crm } from './crm.ts'
import { knowledge } from './knowledge.ts'
import { logistics } from './logistics.ts'
import { orders } from './orders.ts'

/** By the name of the subgraph. */
export const ports = { orders, crm, logistics, knowledge }
