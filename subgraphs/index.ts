import type { SubgraphModule } from './define.ts'
import { chat } from './chat/subgraph.ts'
import { crm } from './crm/subgraph.ts'
import { directory } from './directory/subgraph.ts'
import { knowledge } from './knowledge/subgraph.ts'
import { logistics } from './logistics/subgraph.ts'
import { orders } from './orders/subgraph.ts'
import { routing } from './routing/subgraph.ts'
import { status } from './status/subgraph.ts'

/** Every subgraph there is; the only list. */
export const subgraphModules: readonly SubgraphModule[] = [directory, orders, crm, logistics, knowledge, chat, routing, status]
