import { z } from 'zod'
import type { Placement } from './visibility.ts'

/** The columns of a conversation that decide who may see it. */
export const placementColumns = { department_path: z.string(), agent_id: z.string().nullable(), offered_to: z.string().nullable(), visitor_id: z.string() }

type PlacementRow = z.infer<z.ZodObject<typeof placementColumns>>

export const toPlacement = (row: PlacementRow): Placement =>
  ({ departmentPath: row.department_path, agentId: row.agent_id, offeredTo: row.offered_to, visitorId: row.visitor_id })
