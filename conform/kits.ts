import { crmKit } from './crm.ts'
import { judgeBackend } from './judge.ts'
import type { JudgeOptions, Judgement } from './judge.ts'
import type { PortKit } from './kit.ts'
import { knowledgeKit } from './knowledge.ts'
import { logisticsKit } from './logistics.ts'
import { ordersKit } from './orders.ts'

export type JudgePort = { readonly protocols: readonly string[]; readonly judge: (opt: JudgeOptions) => Promise<readonly Judgement[]> }

const judgeWith = <P>(kit: PortKit<P>): JudgePort => ({ protocols: Object.keys(kit.adapters), judge: (opt) => judgeBackend(kit, opt) })

/** By the name of the subgraph that a backend serves. */
export const ports: Readonly<Record<string, JudgePort>> = {
  orders: judgeWith(ordersKit),
  crm: judgeWith(crmKit),
  logistics: judgeWith(logisticsKit),
  knowledge: judgeWith(knowledgeKit),
}
